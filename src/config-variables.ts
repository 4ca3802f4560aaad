import { z } from 'zod'
import {
  cronPattern,
  databaseUrl,
  flag,
  httpUrl,
  isOrigin,
  listOf,
  metricsToken,
  oneOf,
  optionalText,
  optionalUrl,
  secret,
  share,
  variable,
  webhookSecret,
  wholeNumber,
} from './variable.ts'

/** Every variable the server and the CLI read. The parser, `tool-catalog config` and the README table are made from it. */
export const VARIABLES = {
  PORT: variable(wholeNumber(0, 65_535), '3005', 'TCP port to listen on; 0 takes a free one.'),
  HOST: variable(z.string().min(1), '127.0.0.1', 'Address to listen on.'),
  DATABASE_URL: secret(
    databaseUrl.optional() as z.ZodType<string | undefined, string>,
    'PostgreSQL 15 or newer. Unset means the embedded database.',
  ),
  DATABASE_DIRECT_URL: secret(
    databaseUrl.optional() as z.ZodType<string | undefined, string>,
    'The same database without a pooler such as PgBouncer in transaction mode between: for LISTEN and migrations. Unset means DATABASE_URL.',
  ),
  DATABASE_PREPARED_STATEMENTS: variable(
    flag(),
    'true',
    'Whether statements are prepared by name; false behind PgBouncer in transaction mode before 1.21, or without its max_prepared_statements (server only).',
  ),
  DATA_DIR: variable(z.string().min(1), './data', 'Folder of the embedded database.'),
  DATABASE_POOL_MIN: variable(wholeNumber(0, 100), '5', 'Connections kept open (server only).'),
  DATABASE_POOL_MAX: variable(wholeNumber(1, 500), '20', 'Most connections open at once (server only).'),
  DATABASE_CONNECT_TIMEOUT_MS: variable(
    wholeNumber(100, 600_000),
    '5000',
    'Longest wait for a new or a free connection, in milliseconds (server only).',
  ),
  DATABASE_STATEMENT_TIMEOUT_MS: variable(
    wholeNumber(100, 3_600_000),
    '15000',
    'Longest statement, in milliseconds (server only).',
  ),
  DATABASE_LOCK_TIMEOUT_MS: variable(
    wholeNumber(10, 600_000),
    '2000',
    'Longest wait for a lock, in milliseconds (server only).',
  ),
  CACHE_MAX_ENTRIES: variable(
    wholeNumber(0, 10_000_000),
    '1000',
    'Tools that are kept in memory, with their versions, capabilities and patterns; 0 keeps none.',
  ),
  CACHE_MAX_BYTES: variable(
    wholeNumber(0, 100_000_000_000),
    '67108864',
    'Most memory of what is kept of the catalog, in bytes: half for these tools, a quarter for lists, a quarter for parts of answers. As much again may go to the index of all tools; when they do not fit, lists ask the database.',
  ),
  RESPONSE_CACHE_MAX_BYTES: variable(
    wholeNumber(0, 100_000_000_000),
    '33554432',
    'Most memory of whole answers that are kept until the next revision, in bytes; 0 keeps none.',
  ),
  CDN_MAX_AGE_SECONDS: variable(
    wholeNumber(0, 31_536_000),
    '0',
    'How long a CDN may give an answer to an anonymous GET without asking again, in seconds.',
  ),
  ANONYMOUS_ROLE: variable(
    oneOf('auto', 'none', 'reader'),
    'auto',
    'What callers without a credential may do; auto is reader for the embedded database on a loopback address, and must be replaced anywhere else.',
  ),
  JWT_ISSUER: variable(optionalText(), undefined, 'Issuer (`iss`) that signed tokens must have. Unset means no JWT.'),
  JWT_AUDIENCE: variable(optionalText(), undefined, 'Audience (`aud`) that signed tokens must have.'),
  JWT_JWKS_URL: variable(optionalUrl(), undefined, 'Where the public keys of the issuer are (a JWK Set).'),
  JWT_PUBLIC_KEY: variable(optionalText(), undefined, 'Public key of the issuer (PEM, SPKI), instead of JWT_JWKS_URL.'),
  JWT_ALGORITHMS: variable(
    listOf(oneOf('RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA')),
    'RS256,ES256',
    'Signature algorithms that are accepted, comma-separated.',
  ),
  JWT_ROLE_CLAIM: variable(z.string().min(1), 'role', 'Claim that holds the role: reader, editor or admin.'),
  COMPATIBILITY: variable(
    oneOf('none', 'backward', 'full'),
    'none',
    'What a publish may not break, for tools that do not say so themselves.',
  ),
  ALLOWED_ORIGINS: variable(
    listOf(z.string().refine(isOrigin, 'must be origins such as https://catalog.example.org')),
    '',
    'Other web origins whose pages may call the API and open websockets, comma-separated.',
  ),
  TRUST_PROXY: variable(
    flag(),
    'false',
    'Whether the last address of X-Forwarded-For, which a proxy in front has written, is the address of the caller.',
  ),
  STARTER_CATALOG: variable(flag(), 'true', 'Whether an empty catalog is filled from `catalog/` on the first start.'),
  GRAPHIQL: variable(
    oneOf('auto', 'true', 'false'),
    'auto',
    'Whether a browser that opens /graphql gets GraphiQL; auto means for the embedded database on a loopback address.',
  ),
  INTROSPECTION: variable(
    oneOf('auto', 'true', 'false'),
    'auto',
    'Whether readers may read the schema through the API; auto means for the embedded database on a loopback address. Editors always may.',
  ),
  LOG_LEVEL: variable(
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'Least severe level that is logged.',
  ),
  LOG_FORMAT: variable(
    oneOf('auto', 'json', 'pretty'),
    'auto',
    'How logs look; auto is pretty on a terminal and JSON elsewhere.',
  ),
  METRICS_TOKEN: secret(
    metricsToken().optional() as z.ZodType<string | undefined, string>,
    'Token that /metrics and /metrics.json take as `authorization: Bearer …`.',
  ),
  METRICS_PORT: variable(
    wholeNumber(0, 65_535).optional() as z.ZodType<number | undefined, string>,
    undefined,
    'TCP port of their own for /metrics and /metrics.json, at HOST, which PORT does not answer then; 0 takes a free one. Without this and METRICS_TOKEN they are there for the embedded database on a loopback address only.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(
    optionalUrl(),
    undefined,
    'Collector that traces are sent to (OTLP over HTTP, JSON, at /v1/traces below this URL). Unset means no traces.',
  ),
  OTEL_SERVICE_NAME: variable(z.string().min(1), 'tool-catalog', 'What the server is called in traces.'),
  OTEL_TRACES_SAMPLER_ARG: variable(
    share(),
    '1',
    'Share of the requests that are traced, 0 to 1, where the `traceparent` of the caller does not decide it.',
  ),
  MAX_BODY_BYTES: variable(wholeNumber(1_000, 100_000_000), '1048576', 'Largest HTTP request body, in bytes.'),
  MAX_IMPORT_BYTES: variable(
    wholeNumber(1_000, 100_000_000),
    '5242880',
    'Largest body of an import, which editors send to /graphql/import, in bytes.',
  ),
  MAX_QUERY_DEPTH: variable(wholeNumber(1, 1_000), '10', 'Deepest nesting of fields in one operation.'),
  MAX_QUERY_TOKENS: variable(wholeNumber(1, 1_000_000), '1000', 'Most words and signs of one document.'),
  MAX_QUERY_ALIASES: variable(wholeNumber(0, 100_000), '15', 'Most aliases in one document.'),
  MAX_QUERY_DIRECTIVES: variable(wholeNumber(0, 100_000), '8', 'Most directives in one document.'),
  MAX_QUERY_COST: variable(
    wholeNumber(1, 1_000_000_000),
    '50000',
    'Most fields that one operation may answer with, estimated from page sizes.',
  ),
  RATE_LIMIT_PER_KEY: variable(
    wholeNumber(0, 100_000_000),
    '60000',
    'Most requests a minute of one credential; 0 means no limit.',
  ),
  RATE_LIMIT_PER_ADDRESS: variable(
    wholeNumber(0, 100_000_000),
    '6000',
    'Most requests a minute of one address without a credential; 0 means no limit.',
  ),
  AUTH_FAILURES_PER_MINUTE: variable(
    wholeNumber(1, 1_000_000),
    '10',
    'Most wrong credentials a minute of one address.',
  ),
  MAX_SOCKETS_PER_KEY: variable(wholeNumber(1, 1_000_000), '10', 'Most websockets open at once of one credential.'),
  MAX_SOCKETS_PER_ADDRESS: variable(wholeNumber(1, 1_000_000), '100', 'Most websockets open at once of one address.'),
  MAX_SUBSCRIPTIONS_PER_SOCKET: variable(wholeNumber(1, 100_000), '20', 'Most subscriptions of one websocket.'),
  RETENTION_REVISIONS: variable(
    wholeNumber(0, 1_000_000_000),
    '100000',
    'How many revisions back subscribers can resume, at least; older events are compacted.',
  ),
  RETENTION_HOURS: variable(
    wholeNumber(0, 1_000_000),
    '24',
    'How many hours back subscribers can resume, at least. Compacted is what is beyond both.',
  ),
  COMPACTION_INTERVAL_MINUTES: variable(
    wholeNumber(0, 10_000),
    '60',
    'How often old events are compacted, in minutes; 0 means only by `tool-catalog compact`.',
  ),
  WATCH_DIR: variable(
    optionalText(),
    undefined,
    'Folder of definitions that the catalog follows: saving, renaming and deleting its files changes the catalog.',
  ),
  WATCH_ON_CONFLICT: variable(
    oneOf('new-version', 'overwrite', 'fail'),
    'new-version',
    'What a file of WATCH_DIR does that was changed without another version: becomes the next version, overwrites the published one, or fails.',
  ),
  RELOAD_SCHEDULE: variable(
    cronPattern().optional() as z.ZodType<string | undefined, string>,
    undefined,
    'When to reload WATCH_DIR anyway: a cron expression in UTC, such as `*/5 * * * *`.',
  ),
  WEBHOOK_SECRET: secret(
    webhookSecret().optional() as z.ZodType<string | undefined, string>,
    'Secret that calls of POST /hooks/reload are signed with (Standard Webhooks). Unset means no webhook.',
  ),
  DRAIN_DELAY_MS: variable(
    wholeNumber(0, 60_000),
    '5000',
    'How long a stopping server goes on serving, so that load balancers see it is not ready, in milliseconds (server only).',
  ),
  DRAIN_MS: variable(
    wholeNumber(0, 60_000),
    '10000',
    'Time over which a stopping server closes its websockets, in milliseconds (server only).',
  ),
  SHUTDOWN_TIMEOUT_MS: variable(
    wholeNumber(0, 600_000),
    '8000',
    'Longest wait for running requests at SIGTERM, after draining, in milliseconds.',
  ),
  TOOL_CATALOG_URL: variable(
    httpUrl(),
    'http://127.0.0.1:3005/graphql',
    'GraphQL endpoint of the server that commands speak to.',
  ),
  TOOL_CATALOG_KEY: secret(
    optionalText(),
    'API key or token that they send, before what `tool-catalog login` has stored; not an option of theirs, because other users of the machine could read it.',
  ),
  TOOL_CATALOG_CREDENTIALS: variable(
    optionalText(),
    undefined,
    'File in which `tool-catalog login` keeps keys, with the mode 0600; ~/.config/tool-catalog/credentials.json when unset.',
  ),
} as const
