"""The least that Django does for a form: a view that inserts one row, without any middleware. For gunicorn."""

from __future__ import annotations

import os

import django
import environ
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    DATABASES={"default": {**environ.Env.db_url_config(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 60}},
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="none",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()


class Posted(models.Model):
    """What was typed."""

    text = models.TextField()

    class Meta:
        app_label = "bare"
        db_table = "bare_posted"

    def __str__(self) -> str:
        return self.text


def insert(request: HttpRequest) -> HttpResponse:
    """One INSERT for each POST."""
    Posted(text=request.POST["emails"]).save(force_insert=True)
    return HttpResponse("done")


def make_table() -> None:
    """Once, ahead of the server's start."""
    with connection.schema_editor() as editor:
        editor.create_model(Posted)


urlpatterns = [path("", insert)]
application = WSGIHandler()
