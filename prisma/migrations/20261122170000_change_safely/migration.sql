-- CreateEnum
CREATE TYPE "Compatibility" AS ENUM ('none', 'backward', 'full');

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('reader', 'editor', 'admin');

-- AlterTable
ALTER TABLE "catalog_state" ADD COLUMN     "head_hash" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "change_events" ADD COLUMN     "draft" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "latest" TEXT;

-- AlterTable
ALTER TABLE "change_sets" ADD COLUMN     "digest" TEXT,
ADD COLUMN     "draft" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "hash" TEXT;

-- AlterTable
ALTER TABLE "tools" ADD COLUMN     "compatibility" "Compatibility",
ADD COLUMN     "seen_revision" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "mutation_receipts" (
    "actor" TEXT NOT NULL,
    "client_mutation_id" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "revision" BIGINT,
    "value" JSON NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mutation_receipts_pkey" PRIMARY KEY ("actor","client_mutation_id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "role" "Role" NOT NULL,
    "hash" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" TEXT,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "executions" (
    "id" BIGSERIAL NOT NULL,
    "tool_id" UUID NOT NULL,
    "version" TEXT NOT NULL,
    "capability" TEXT NOT NULL,
    "pattern" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "recorded_by" TEXT NOT NULL,
    "actual_ms" DOUBLE PRECISION NOT NULL,
    "actual_cost" DOUBLE PRECISION,
    "estimated_ms" DOUBLE PRECISION,
    "estimated_cost" DOUBLE PRECISION,
    "success" BOOLEAN NOT NULL,
    "error_type" TEXT,
    "environment" TEXT,
    "variables" JSON NOT NULL,

    CONSTRAINT "executions_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "mutation_receipts_at_idx" ON "mutation_receipts"("at");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- CreateIndex
CREATE INDEX "executions_at_idx" ON "executions"("at");

-- AddForeignKey
ALTER TABLE "executions" ADD CONSTRAINT "executions_tool_id_fkey" FOREIGN KEY ("tool_id") REFERENCES "tools"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

UPDATE "tools" SET "seen_revision" = "revision";

ALTER TABLE "change_sets" ADD CONSTRAINT "change_sets_hashes_are_sha256"
  CHECK (("digest" IS NULL) = ("hash" IS NULL) AND "digest" ~ '^[0-9a-f]{64}$' AND "hash" ~ '^[0-9a-f]{64}$');
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_hash_is_sha256" CHECK ("hash" ~ '^[0-9a-f]{64}$');
ALTER TABLE "executions" ADD CONSTRAINT "executions_amounts_are_not_negative" CHECK ("actual_ms" BETWEEN 0 AND 1e12 AND "actual_cost" BETWEEN 0 AND 1e12
    AND abs("estimated_ms") <= 1e15 AND abs("estimated_cost") <= 1e15);

-- Names are compared without case.
CREATE INDEX "executions_pattern_at" ON "executions"("tool_id", lower("capability"), lower("pattern"), "at");

-- One usable key of each name: a retry of a lost createApiKey is refused instead of making a second one.
CREATE UNIQUE INDEX "api_keys_usable_name" ON "api_keys"("name") WHERE "revoked_at" IS NULL;

-- History is written once. Compaction, which says so, may delete events. Nothing may change them.
-- A semicolon of the body is written \x3B, because the schema engine splits scripts at every semicolon.
CREATE FUNCTION "refuse_to_change_history"() RETURNS trigger LANGUAGE plpgsql AS E'
BEGIN
  IF TG_OP = ''DELETE'' AND TG_TABLE_NAME = ''change_events'' AND current_setting(''tool_catalog.compacting'', true) = ''on'' THEN
    RETURN OLD\x3B
  END IF\x3B
  RAISE EXCEPTION ''history is written once: % of % refused'', TG_OP, TG_TABLE_NAME\x3B
END
';
CREATE TRIGGER "change_sets_are_written_once" BEFORE UPDATE OR DELETE ON "change_sets"
  FOR EACH ROW EXECUTE FUNCTION "refuse_to_change_history"();
CREATE TRIGGER "change_events_are_written_once" BEFORE UPDATE OR DELETE ON "change_events"
  FOR EACH ROW EXECUTE FUNCTION "refuse_to_change_history"();
CREATE TRIGGER "change_sets_are_not_truncated" BEFORE TRUNCATE ON "change_sets"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_to_change_history"();
CREATE TRIGGER "change_events_are_not_truncated" BEFORE TRUNCATE ON "change_events"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_to_change_history"();
