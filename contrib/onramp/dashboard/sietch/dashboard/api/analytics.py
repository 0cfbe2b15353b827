"""The question whether analytics may count, asked on the dashboard.

Answers with fragments for HTMX, made from what `onramp-analytics ui --unix PATH` says. Nothing is decided here, and
nothing is kept here: without that socket there is no question.
"""

import http.client
import json
import os
import socket
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Header, HTTPException, Request
from fastapi.responses import HTMLResponse

router = APIRouter()

SOCKET = os.environ.get("DASHBOARD_ANALYTICS_SOCKET", "/run/onramp-analytics/ui.sock")
# A choice waits for other writers of onramp.lock, ten seconds at most.
PATIENCE = 15


class _Connection(http.client.HTTPConnection):
    """HTTP over the socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(SOCKET)


def _ask(method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
    connection = _Connection("localhost")
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _show(request: Request, panel: str, **values) -> HTMLResponse:
    templates = request.app.state.templates
    return templates.TemplateResponse(request, "partials/analytics_nudge.html", {"panel": panel, **values})


@router.get("/nudge", response_class=HTMLResponse)
def nudge(request: Request):
    """The panel once a service came up and nobody has said yes or no; else nothing."""
    try:
        _, view = _ask("GET", "/api/view")
    except (OSError, http.client.HTTPException, ValueError):
        return HTMLResponse("")
    if not (view["needs_nudge"] and view["nudge_due"]):
        return HTMLResponse("")
    return _show(request, "asking", view=view)


# Not `async`: FastAPI runs these in threads, and a choice may wait for the disk.
@router.post("/opt", response_class=HTMLResponse)
def opt(
    request: Request,
    opt: Annotated[Literal["opt-in", "opt-out"], Form()],
    with_current: Annotated[bool, Form()] = False,
    destination: Annotated[str | None, Form()] = None,
    hx_request: Annotated[str | None, Header()] = None,
):
    """Saves a choice. The header is one that no other site's form can send."""
    if hx_request != "true":
        raise HTTPException(403, "not asked by the dashboard's own page")
    # The destination that the person read: a yes is to that one.
    choice = {"opt": opt, "with_current": with_current, "destination": destination}
    try:
        status, answer = _ask("POST", "/api/analytics_opt", choice)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _show(request, "gone", choice=choice, error=str(error))
    if status != 200:
        return _show(request, "failed", choice=choice, answer=answer)
    return _show(request, "saved", choice=choice, answer=answer)
