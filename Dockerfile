# Temporal's worker is native code built against glibc: no Alpine.
FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package's script is run. The image has this very Node already.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/.bin/node

# The console is files: the image gains no package for it.
FROM node:24.21.0-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY console console
COPY src src
COPY tools tools
RUN npm run console

FROM node:24.21.0-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=console /app/console/dist console/dist
COPY package.json ./
COPY src src
COPY infra infra
COPY deploy deploy
USER node
EXPOSE 8080
CMD ["node", "src/main.ts", "api"]
