"""The engine of chat: runs are executed, told as AG-UI events, logged, followed, handed over."""
