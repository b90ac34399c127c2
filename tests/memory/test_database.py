"""The pool: transactions, what happens when it is full, and when the server goes away."""

from memory.database import Database


async def test_a_transaction_keeps_all_or_nothing(database: Database, fresh, principal) -> None:
    insert = "INSERT INTO threads (id, tenant_id, user_id, graph) VALUES (%s, %s, %s, 'g')"
    one, two = fresh("thread"), fresh("thread")
    async with database.transaction() as conn:
        await conn.execute(insert, (one, principal.tenant_id, principal.user_id))
    try:
        async with database.transaction() as conn:
            await conn.execute(insert, (two, principal.tenant_id, principal.user_id))
            raise RuntimeError("the step fails")
    except RuntimeError:
        pass
    async with database.connection() as conn:
        rows = await (
            await conn.execute("SELECT id FROM threads WHERE tenant_id = %s", (principal.tenant_id,))
        ).fetchall()
    assert rows == [{"id": one}]


async def test_redis_works(redis, fresh) -> None:
    key = fresh("k")
    await redis.set(key, b"1")
    assert await redis.get(key) == b"1"


async def test_serve(serve) -> None:
    import httpx

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    url = await serve(app)
    async with httpx.AsyncClient() as c:
        assert (await c.get(url)).text == "ok"
