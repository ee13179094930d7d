"""An ASGI application as anybody would write it: uvicorn --fd 3 --lifespan off uvicorn_app:app"""

import json
import os


async def app(scope, receive, send):
    body = json.dumps({
        "path": scope["path"],
        "pid": os.getpid(),
        "generation": os.environ.get("MARTLET_GENERATION"),
    }).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
