# Temporal's worker is native code built against glibc: no Alpine.
FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24.21.0-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY src src
COPY infra infra
COPY deploy deploy
USER node
EXPOSE 8080
CMD ["node", "src/main.ts", "api"]
