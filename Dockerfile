# One image for the web server and the worker; compose.yaml shows how the two are run.

# Debian 12's own pg_dump is older than the server of compose.yaml, and pg_dump must not be.
FROM postgres:16-bookworm AS postgresql
RUN install -d /client/lib \
    && cp /usr/lib/postgresql/16/bin/pg_dump /usr/lib/postgresql/16/bin/pg_restore /client/ \
    && cp -L /usr/lib/*-linux-gnu/libpq.so.5 /client/lib/

FROM python:3.11-slim-bookworm

# What WeasyPrint needs to draw PDFs, as `make setup` installs it. Add fonts-noto-cjk for Chinese, Japanese and Korean names.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core libpq5 liblz4-1 libzstd1 \
    && rm -rf /var/lib/apt/lists/*

# For `manage.py backup` and `restore`. The build fails here where they don't run.
COPY --from=postgresql /client/pg_dump /client/pg_restore /usr/local/bin/
COPY --from=postgresql /client/lib/ /usr/local/lib/
RUN ldconfig && pg_dump --version && pg_restore --version

RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent dsr \
    && install -d -o dsr -g dsr -m 0700 /data /ledger

WORKDIR /app
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib \
    DJANGO_SETTINGS_MODULE=dsr.settings \
    DSR_DATA_DIR=/data \
    DSR_LEDGER_DIR=/ledger \
    DSR_STATIC_ROOT=/app/static-root

COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock

COPY . ./
# The build fails here, and not at the first certificate, where a library or a font is missing.
RUN python scripts/can_draw_pdf.py \
    && scripts/production_like.sh python manage.py collectstatic --no-input

USER dsr
VOLUME /data /ledger
EXPOSE 8000
CMD ["gunicorn", "-c", "python:dsr.ops.web", "--bind", "0.0.0.0:8000", "--workers", "2", "dsr.wsgi:application"]
