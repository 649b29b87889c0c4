"""Peer B: peer A's stack, tuned by somebody who knows it.

 - The cache holds the final JSON bytes; a hit sends them as they are.
 - orjson writes the JSON, once per miss.
 - Two statements instead of one with `IS NULL OR`; asyncpg keeps both prepared.
 - Redis' answers are not decoded.
 - No BaseHTTPMiddleware; gzip is the guide's middleware as it is.
The rest (middleware, pools, server options) is peer A's.
"""

import os
import time
from contextlib import asynccontextmanager

import asyncpg
import orjson
import redis.asyncio as redis
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware

COLUMNS = "id, timestamp, value, severity, model_id, dataset_id, status"
ALL = f"SELECT {COLUMNS} FROM anomalies ORDER BY timestamp DESC, id DESC LIMIT $1 OFFSET $2"
OF_MODEL = (
    f"SELECT {COLUMNS} FROM anomalies WHERE model_id = $3 ORDER BY timestamp DESC, id DESC LIMIT $1 OFFSET $2"
)


class Timing:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()

        async def send_with_time(message):
            if message["type"] == "http.response.start":
                duration = (time.perf_counter() - start) * 1000
                message["headers"].append((b"x-response-time", b"%.3f" % duration))
            await send(message)

        await self.app(scope, receive, send_with_time)


@asynccontextmanager
async def lifespan(app: FastAPI):
    pool = redis.BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=50)
    app.state.redis = redis.Redis(connection_pool=pool)
    opened = [await pool.get_connection() for _ in range(10)]
    for connection in opened:
        await pool.release(connection)
    app.state.db_pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        min_size=10,
        max_size=50,
        max_queries=50000,
        max_inactive_connection_lifetime=300,
        command_timeout=30,
    )
    yield
    await app.state.redis.aclose()
    await pool.disconnect()
    await app.state.db_pool.close()


app = FastAPI(title="Pynomaly API", version="1.0.0", lifespan=lifespan)
app.add_middleware(Timing)
app.add_middleware(GZipMiddleware, minimum_size=1000)
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["*.pynomaly.com", "localhost", "127.0.0.1"])
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://pynomaly.com"],
    allow_credentials=True,
    allow_methods=["GET", "POST", "PUT", "DELETE"],
    allow_headers=["*"],
)


@app.get("/health")
async def health():
    return Response(b'{"status":"ok"}', media_type="application/json")


@app.get("/api/v1/anomalies")
async def get_anomalies(request: Request, limit: int = 100, offset: int = 0, model_id: int | None = None):
    state = request.app.state
    key = f"anomalies:b:{model_id}:{limit}:{offset}"
    body = await state.redis.get(key)
    if body is None:
        async with state.db_pool.acquire() as connection:
            rows = await (
                connection.fetch(ALL, limit, offset)
                if model_id is None
                else connection.fetch(OF_MODEL, limit, offset, model_id)
            )
        body = orjson.dumps({
            "anomalies": [dict(row) for row in rows],
            "total": len(rows),
            "limit": limit,
            "offset": offset,
        })
        await state.redis.setex(key, 300, body)
    return Response(body, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        "b:app",
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        workers=2,
        loop="uvloop",
        http="httptools",
        access_log=False,
        server_header=False,
        date_header=False,
        limit_concurrency=1000,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
        headers=[
            ("server", "Pynomaly-API/1.0"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "1; mode=block"),
        ],
    )
