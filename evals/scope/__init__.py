"""Whether a reader knows what nobody here can do, and takes nothing for it that somebody can."""
