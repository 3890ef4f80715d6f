# One image for the web server and the worker; compose.yaml shows how the two are run.
FROM python:3.11-slim-bookworm

# What WeasyPrint needs to draw PDFs, as `make setup` installs it.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent dsr \
    && install -d -o dsr -g dsr -m 0700 /data

WORKDIR /app
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp \
    DJANGO_SETTINGS_MODULE=dsr.settings \
    DSR_DATA_DIR=/data \
    DSR_STATIC_ROOT=/app/static-root

COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock

COPY . ./
# The build fails here, and not at the first certificate, where a library or a font is missing.
RUN python scripts/can_draw_pdf.py \
    && scripts/production_like.sh python manage.py collectstatic --no-input

USER dsr
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "python:dsr.ops.web", "--bind", "0.0.0.0:8000", "--workers", "2", "dsr.wsgi:application"]
