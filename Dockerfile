# Base with the project that lies, or is mounted, at /srv/base:
#
#   docker build -t base .
#   docker run -p 9000:9000 -v /path/to/shop:/srv/base:ro base
FROM debian:12 AS build
WORKDIR /src
COPY . .
RUN apt-get update && script/bootstrap run \
  && cmake --preset release -D CMAKE_INSTALL_PREFIX=/usr/local -D BUILD_TESTING=OFF \
  && cmake --build --preset release \
  && DESTDIR=/image cmake --install build/release

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
  libwebsockets17 libwebsockets-evlib-uv libuv1 libcurl4 libssl3 zlib1g \
  ca-certificates && rm -rf /var/lib/apt/lists/* \
  && useradd --system --home-dir /srv/base --no-create-home base \
  && install -d -o base -g base /srv/base
COPY --from=build /image/ /
USER base
WORKDIR /srv/base
# A published port does not reach 127.0.0.1, where the quickstart listens
# otherwise.
ENV ADDRESS=0.0.0.0
EXPOSE 9000
STOPSIGNAL SIGTERM
# An answer of any kind, were it that somebody hangs up: the loop goes round.
HEALTHCHECK --interval=30s --timeout=5s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -c 1 <&3 >/dev/null"]
ENTRYPOINT ["base"]
CMD ["/srv/base"]
