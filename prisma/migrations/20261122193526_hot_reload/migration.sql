-- AlterTable
ALTER TABLE "catalog_state" ADD COLUMN     "compacted_revision" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "epoch" UUID NOT NULL DEFAULT gen_random_uuid();

-- AlterTable
ALTER TABLE "change_events" ADD COLUMN     "capabilities" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "platforms" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "change_sets" ADD COLUMN     "events_digest" TEXT;

-- AlterTable
ALTER TABLE "tools" ADD COLUMN     "logged_capabilities" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "logged_platform" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "reloads" (
    "id" BIGSERIAL NOT NULL,
    "trigger" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "actor" TEXT NOT NULL,
    "source" TEXT,
    "tool" TEXT,
    "message" TEXT,
    "request_id" TEXT,
    "revision" BIGINT,
    "files" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "deleted" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "problems" JSON NOT NULL DEFAULT '[]',

    CONSTRAINT "reloads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "source_files" (
    "source" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "tool_id" UUID NOT NULL,
    "version" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "owns" BOOLEAN NOT NULL,

    CONSTRAINT "source_files_pkey" PRIMARY KEY ("source","path")
);

-- CreateIndex
CREATE INDEX "reloads_started_at_idx" ON "reloads"("started_at");

-- CreateIndex
CREATE INDEX "reloads_trigger_outcome_id_idx" ON "reloads"("trigger", "outcome", "id");

-- CreateIndex
CREATE INDEX "source_files_tool_id_idx" ON "source_files"("tool_id");

-- AddForeignKey
ALTER TABLE "source_files" ADD CONSTRAINT "source_files_tool_id_fkey" FOREIGN KEY ("tool_id") REFERENCES "tools"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

UPDATE "tools" SET "logged_platform" = "platform", "logged_capabilities" = "capability_keys";
-- Nobody wrote down what older events concerned: what their tool is now.
ALTER TABLE "change_events" DISABLE TRIGGER "change_events_are_written_once";
UPDATE "change_events" AS e SET "platforms" = ARRAY[t."platform"], "capabilities" = t."capability_keys"
  FROM "tools" t WHERE t."id" = e."tool_id";
ALTER TABLE "change_events" ENABLE TRIGGER "change_events_are_written_once";

ALTER TABLE "catalog_state" ADD CONSTRAINT "catalog_state_compacted_is_past" CHECK ("compacted_revision" BETWEEN 0 AND "revision");
ALTER TABLE "change_sets" ADD CONSTRAINT "change_sets_events_digest_is_sha256" CHECK ("events_digest" ~ '^[0-9a-f]{64}$');
ALTER TABLE "reloads" ADD CONSTRAINT "reloads_duration_is_not_negative" CHECK ("duration_ms" >= 0);
