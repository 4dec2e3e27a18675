# One image for every process of als: web, worker, migrations. Settings come from the environment.
FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8080

WORKDIR /app

# The locked libraries first: they change less often than als itself.
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock

COPY pyproject.toml README.md LICENSE app.py ./
COPY bot ./bot
COPY adapters ./adapters
COPY store ./store
COPY prompts ./prompts
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

# Nothing in the image is written to; the user has no name and no rights.
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz')"]
ENTRYPOINT ["als"]
CMD ["serve", "--no-worker"]
