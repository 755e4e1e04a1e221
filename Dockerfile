# docker build -t trunkline .
# docker run -p 8080:8080 -p 127.0.0.1:8081:8081 -v trunkline:/var/lib/trunkline trunkline

ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
WORKDIR /source
# The packages before the sources, so that a change of the sources does not install them again.
COPY Config/packages.txt Config/setup.sh Config/
RUN Config/setup.sh build && rm -rf /var/lib/apt/lists/*
COPY Package.swift ./
COPY Sources Sources
# Not built, but Package.swift names them, and SwiftPM wants all of it there.
COPY Tests Tests
RUN swift build -c release --product trunkline --static-swift-stdlib \
 && install -D -s .build/release/trunkline /image/usr/local/bin/trunkline

FROM ${RUNTIME_IMAGE}
COPY Config/packages.txt Config/setup.sh /tmp/setup/
RUN /tmp/setup/setup.sh runtime && rm -rf /tmp/setup /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/trunkline \
      --shell /usr/sbin/nologin trunkline \
 && install -d -o trunkline -g trunkline -m 0750 /var/lib/trunkline
COPY --from=build /image/ /
COPY LICENSE /usr/share/doc/trunkline/
COPY Config/trunkline.json5 /etc/trunkline/

# In a container only published ports can be reached: publish 8081 to machines you trust alone.
ENV TRUNKLINE_CONFIG=/etc/trunkline/trunkline.json5 \
    TRUNKLINE_DATA_DIR=/var/lib/trunkline \
    TRUNKLINE_LISTEN_API=0.0.0.0:8081
USER trunkline
WORKDIR /var/lib/trunkline
VOLUME /var/lib/trunkline
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["trunkline", "doctor", "--health"]
ENTRYPOINT ["trunkline"]
CMD ["serve"]
