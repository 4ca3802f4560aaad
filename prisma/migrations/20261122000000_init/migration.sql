-- Typo-tolerant search. A trusted extension: the database's owner may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateEnum
CREATE TYPE "Status" AS ENUM ('draft', 'testing', 'active', 'deprecated', 'disabled');

-- CreateTable
CREATE TABLE "tools" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "latest_version_id" UUID,
    "revision" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    "description" TEXT NOT NULL,
    "platform" TEXT COLLATE "C" NOT NULL,
    "category" TEXT COLLATE "C" NOT NULL,
    "status" "Status" NOT NULL,
    "tags" TEXT[],
    "tag_keys" TEXT[],
    "capability_keys" TEXT[],
    "production_safe" BOOLEAN NOT NULL,
    "requires_approval" BOOLEAN NOT NULL,
    "search_vector" tsvector,

    CONSTRAINT "tools_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tool_versions" (
    "id" UUID NOT NULL,
    "tool_id" UUID NOT NULL,
    "version" TEXT NOT NULL,
    "sort_key" TEXT COLLATE "C" NOT NULL,
    "status" "Status" NOT NULL,
    "digest" TEXT NOT NULL,
    "definition" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,

    CONSTRAINT "tool_versions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "capabilities" (
    "id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "description" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "extensions" JSON NOT NULL,

    CONSTRAINT "capabilities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "patterns" (
    "id" UUID NOT NULL,
    "capability_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "description" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "use_cases" TEXT[],
    "time_estimate_ms" TEXT,
    "cost_estimate" TEXT,
    "complexity_score" DOUBLE PRECISION,
    "scope" TEXT,
    "completeness" TEXT,
    "limitations" TEXT[],
    "max_cost" DOUBLE PRECISION,
    "requires_approval" BOOLEAN,
    "production_safe" BOOLEAN,
    "max_execution_time" DOUBLE PRECISION,
    "max_n_immediate" DOUBLE PRECISION,
    "background_if" JSON,
    "preference_match" JSON NOT NULL,
    "required_inputs" JSON NOT NULL,
    "optional_inputs" JSON NOT NULL,
    "expected_outputs" JSON NOT NULL,
    "details" JSON NOT NULL,
    "extensions" JSON NOT NULL,

    CONSTRAINT "patterns_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "search_words" (
    "word" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "search_words_pkey" PRIMARY KEY ("word")
);

-- CreateTable
CREATE TABLE "catalog_state" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "revision" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "catalog_state_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "change_sets" (
    "revision" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "message" TEXT,
    "request_id" TEXT,

    CONSTRAINT "change_sets_pkey" PRIMARY KEY ("revision")
);

-- CreateTable
CREATE TABLE "change_events" (
    "revision" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "tool_id" UUID NOT NULL,
    "tool_name" TEXT NOT NULL,
    "version" TEXT,
    "before" JSON,
    "after" JSON,

    CONSTRAINT "change_events_pkey" PRIMARY KEY ("revision","position")
);

-- CreateIndex
CREATE UNIQUE INDEX "tools_latest_version_id_key" ON "tools"("latest_version_id");

-- CreateIndex
CREATE INDEX "tools_platform_name_key_idx" ON "tools"("platform", "name_key");

-- CreateIndex
CREATE INDEX "tools_category_name_key_idx" ON "tools"("category", "name_key");

-- CreateIndex
CREATE INDEX "tools_status_name_key_idx" ON "tools"("status", "name_key");

-- CreateIndex
CREATE INDEX "tools_updated_at_name_key_idx" ON "tools"("updated_at", "name_key");

-- CreateIndex
CREATE INDEX "tools_created_at_name_key_idx" ON "tools"("created_at", "name_key");

-- CreateIndex
CREATE INDEX "tools_tag_keys_idx" ON "tools" USING GIN ("tag_keys");

-- CreateIndex
CREATE INDEX "tools_capability_keys_idx" ON "tools" USING GIN ("capability_keys");

-- CreateIndex
CREATE INDEX "tools_search_vector_idx" ON "tools" USING GIN ("search_vector");

-- CreateIndex
CREATE INDEX "tools_name_key_trgm_idx" ON "tools" USING GIN ("name_key" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "tool_versions_tool_id_sort_key_idx" ON "tool_versions"("tool_id", "sort_key");

-- CreateIndex
CREATE UNIQUE INDEX "tool_versions_tool_id_version_key" ON "tool_versions"("tool_id", "version");

-- CreateIndex
CREATE INDEX "capabilities_name_key_id_idx" ON "capabilities"("name_key", "id");

-- CreateIndex
CREATE UNIQUE INDEX "capabilities_version_id_name_key_key" ON "capabilities"("version_id", "name_key");

-- CreateIndex
CREATE INDEX "patterns_version_id_idx" ON "patterns"("version_id");

-- CreateIndex
CREATE INDEX "patterns_name_key_id_idx" ON "patterns"("name_key", "id");

-- CreateIndex
CREATE UNIQUE INDEX "patterns_capability_id_name_key_key" ON "patterns"("capability_id", "name_key");

-- CreateIndex
CREATE INDEX "search_words_trgm_idx" ON "search_words" USING GIN ("word" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "change_sets_actor_revision_idx" ON "change_sets"("actor", "revision");

-- CreateIndex
CREATE INDEX "change_sets_source_revision_idx" ON "change_sets"("source", "revision");

-- CreateIndex
CREATE INDEX "change_events_tool_id_revision_idx" ON "change_events"("tool_id", "revision");

-- AddForeignKey
ALTER TABLE "tools" ADD CONSTRAINT "tools_latest_version_id_fkey" FOREIGN KEY ("latest_version_id") REFERENCES "tool_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;

-- AddForeignKey
ALTER TABLE "tool_versions" ADD CONSTRAINT "tool_versions_tool_id_fkey" FOREIGN KEY ("tool_id") REFERENCES "tools"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "capabilities" ADD CONSTRAINT "capabilities_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "tool_versions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "patterns" ADD CONSTRAINT "patterns_capability_id_fkey" FOREIGN KEY ("capability_id") REFERENCES "capabilities"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "change_events" ADD CONSTRAINT "change_events_revision_fkey" FOREIGN KEY ("revision") REFERENCES "change_sets"("revision") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say. Names, sort keys, platforms and categories are compared byte by byte (COLLATE "C" above),
-- so that order and cursors are the same on every server and on the embedded database.

-- A name belongs to one living tool, and deleted ones keep theirs for the history.
CREATE UNIQUE INDEX "tools_live_name_key" ON "tools"("name_key") WHERE "deleted_at" IS NULL;
CREATE INDEX "tools_served_name_key" ON "tools"("name_key") WHERE "deleted_at" IS NULL AND "enabled";

-- Every change stamps its revision on the tools it touched. Room on the page keeps that update out of the indexes.
ALTER TABLE "tools" SET (fillfactor = 60);

ALTER TABLE "tools"
  ADD CONSTRAINT "tools_name_key_is_lower" CHECK ("name_key" = lower("name")),
  ADD CONSTRAINT "tools_platform_is_normal" CHECK ("platform" ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  ADD CONSTRAINT "tools_category_is_normal" CHECK ("category" ~ '^[a-z0-9]+(-[a-z0-9]+)*$');
ALTER TABLE "tool_versions"
  ADD CONSTRAINT "tool_versions_digest_is_sha256" CHECK ("digest" ~ '^sha256:[0-9a-f]{64}$'),
  ADD CONSTRAINT "tool_versions_version_is_not_latest" CHECK (lower("version") <> 'latest');
ALTER TABLE "capabilities" ADD CONSTRAINT "capabilities_name_key_is_lower" CHECK ("name_key" = lower("name"));
ALTER TABLE "patterns"
  ADD CONSTRAINT "patterns_name_key_is_lower" CHECK ("name_key" = lower("name")),
  ADD CONSTRAINT "patterns_complexity_is_a_share" CHECK ("complexity_score" BETWEEN 0 AND 1),
  ADD CONSTRAINT "patterns_bounds_are_not_negative" CHECK ("max_cost" >= 0 AND "max_execution_time" >= 0);
ALTER TABLE "catalog_state" ADD CONSTRAINT "catalog_state_is_one_row" CHECK ("id" = 1);
ALTER TABLE "change_sets" ADD CONSTRAINT "change_sets_revision_is_positive" CHECK ("revision" > 0);

INSERT INTO "catalog_state" ("id", "revision") VALUES (1, 0);
