# Temporal's worker is native code built against glibc: no Alpine.
# The secrets are for a registry of packages, or a proxy, of one's own: docs/operating.md.
# By digest: --build-arg NODE_IMAGE=node:24.21.0-slim@sha256:…, as `npm run release` does.
ARG NODE_IMAGE=node:24.21.0-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package's script is run. The image has this very Node already.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/run/ca.pem \
    npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/.bin/node
# A package brings its programs for every platform: the image needs those of its own.
RUN cd node_modules/@temporalio/core-bridge/releases \
 && for one in *; do [ "$one" = "$(uname -m)-unknown-linux-gnu" ] || rm -r "$one"; done

# The console is files, and so are the bundled workflows: the image gains no package for them.
FROM ${NODE_IMAGE} AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/run/ca.pem \
    npm ci --ignore-scripts
COPY tsconfig.json ./
COPY console console
COPY src src
COPY tools tools
RUN npm run console
# Bundled here: bundling needs a compiler that unpacks itself at run time, where nothing can be written.
RUN node src/orchestration/bundle-process.ts > workflows.js

FROM ${NODE_IMAGE}
ENV NODE_ENV=production CROSSWALK_WORKFLOW_BUNDLE=/app/workflows.js
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=console /app/console/dist console/dist
COPY --from=console /app/workflows.js workflows.js
COPY package.json ./
COPY src src
COPY infra infra
COPY deploy deploy
USER node
EXPOSE 8080
CMD ["node", "src/main.ts", "api"]
