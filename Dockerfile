# syntax=docker/dockerfile:1
# The API's image: the locked packages in a virtual environment, then the code, run by a user without rights.
FROM python:3.12-slim AS packages
WORKDIR /build
COPY requirements/uv.txt requirements/core.txt requirements/exports.txt requirements/stack.txt docker/not-in-image.txt ./
RUN pip install --no-cache-dir --require-hashes -r uv.txt \
    && uv venv /opt/venv \
    && uv pip install --no-cache --python /opt/venv --no-deps --require-hashes --excludes not-in-image.txt -r core.txt -r exports.txt -r stack.txt
COPY native native
RUN apt-get update -q && apt-get install -qy --no-install-recommends gcc libc6-dev && python -m native

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin trivium \
    && install --directory --owner trivium /srv/files
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TRIVIUM_API_HOST=0.0.0.0 TRIVIUM_API_PORT=8000
WORKDIR /srv/trivium
COPY --from=packages /opt/venv /opt/venv
COPY . .
COPY --from=packages /build/native/built native/built
USER trivium
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=20s --start-period=30s CMD ["python", "docker/is_ready.py"]
CMD ["python", "-m", "api.server"]
