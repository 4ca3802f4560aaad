# The server, without what only its development needs: 85 MB of packages instead of 420, and no shell.
# test/deploy/programs/dockerfile.test.ts runs the commands below in clean folders, and what comes out of them.

FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Of peer and optional packages nothing runs in the server: Prisma's own command and its Studio, above all.
RUN npm ci --omit=dev --omit=peer --omit=optional --ignore-scripts --no-audit --no-fund
# Query compilers of other databases, source maps and types.
RUN find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name '*postgresql*' -delete
RUN find node_modules -type f '(' -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' ')' -delete

# Of a new volume the owner is that of the folder it covers.
RUN mkdir data

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY prisma.config.ts tsconfig.json tsconfig.build.json tsconfig.client.json ./
COPY prisma prisma
COPY src src
RUN npx prisma generate && npm run build

FROM gcr.io/distroless/nodejs22-debian12:nonroot
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 LOG_FORMAT=json DATA_DIR=/data
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=dependencies --chown=65532:65532 /app/data /data
COPY package.json schema.graphql definition.schema.json ./
COPY bin bin
COPY catalog catalog
COPY prisma prisma
COPY deploy/health.js deploy/health.js
USER 65532:65532
EXPOSE 3005
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["/nodejs/bin/node", "deploy/health.js"]
# The entry point of the base is node: `docker run IMAGE bin/tool-catalog.js --help` is the command.
CMD ["--max-semi-space-size=16", "dist/main.js"]
