-- What catalogStatistics answers, counted off the request path: one row for each sight of src/catalog/visible.ts. Every table
-- is read once, its rows counted apart by whether readers of what is published see them, and the sights add that up.
-- The figures are one document: a refresh makes a table of the same columns, and each is a row in the system tables.
CREATE MATERIALIZED VIEW "catalog_statistics" AS
WITH sights (sees) AS (
    VALUES ('published'), ('everything')
), living AS MATERIALIZED (
    SELECT id, enabled, latest_version_id, platform, category, status, status <> 'draft' AS published
    FROM "tools"
    WHERE deleted_at IS NULL
), tool_counts AS (
    SELECT published, count(*) AS tools, count(*) FILTER (WHERE enabled) AS enabled FROM living GROUP BY published
), version_counts AS MATERIALIZED (
    SELECT living.published AND v.status <> 'draft' AS published, count(*) AS versions
    FROM "tool_versions" v JOIN living ON living.id = v.tool_id
    GROUP BY 1
), capability_counts AS MATERIALIZED (
    SELECT living.published, count(*) AS capabilities
    FROM "capabilities" c JOIN living ON living.latest_version_id = c.version_id
    GROUP BY 1
), pattern_counts AS (
    SELECT living.published, count(*) AS patterns, count(*) FILTER (WHERE p.production_safe) AS safe,
        count(*) FILTER (WHERE p.requires_approval) AS approval
    FROM "patterns" p JOIN living ON living.latest_version_id = p.version_id
    GROUP BY 1
), group_counts AS (
    SELECT published, platform, category, status::text AS status, count(*) AS tools
    FROM living
    GROUP BY GROUPING SETS ((published, platform), (published, category), (published, status))
), group_sums AS (
    SELECT sees, platform, category, status, sum(tools) AS tools
    FROM sights JOIN group_counts ON published OR sees = 'everything'
    GROUP BY sees, platform, category, status
), groups AS (
    SELECT sees,
        jsonb_agg(jsonb_build_object('name', platform, 'count', tools) ORDER BY tools DESC, platform)
            FILTER (WHERE platform IS NOT NULL) AS platforms,
        jsonb_agg(jsonb_build_object('name', category, 'count', tools) ORDER BY tools DESC, category)
            FILTER (WHERE category IS NOT NULL) AS categories,
        jsonb_agg(jsonb_build_object('name', status, 'count', tools) ORDER BY tools DESC, status)
            FILTER (WHERE status IS NOT NULL) AS statuses
    FROM group_sums
    GROUP BY sees
)
SELECT sees, state.revision, statement_timestamp() AS computed_at,
    jsonb_build_object(
        'tools', (SELECT coalesce(sum(tools), 0) FROM tool_counts WHERE published OR sees = 'everything'),
        'enabledTools', (SELECT coalesce(sum(enabled), 0) FROM tool_counts WHERE published OR sees = 'everything'),
        'versions', (SELECT coalesce(sum(versions), 0) FROM version_counts WHERE published OR sees = 'everything'),
        'capabilities', (SELECT coalesce(sum(capabilities), 0) FROM capability_counts WHERE published OR sees = 'everything'),
        'patterns', (SELECT coalesce(sum(patterns), 0) FROM pattern_counts WHERE published OR sees = 'everything'),
        'productionSafePatterns', (SELECT coalesce(sum(safe), 0) FROM pattern_counts WHERE published OR sees = 'everything'),
        'patternsRequiringApproval', (SELECT coalesce(sum(approval), 0) FROM pattern_counts WHERE published OR sees = 'everything'),
        'toolsByPlatform', coalesce(platforms, '[]'),
        'toolsByCategory', coalesce(categories, '[]'),
        'toolsByStatus', coalesce(statuses, '[]')
    ) AS figures
FROM sights CROSS JOIN "catalog_state" state LEFT JOIN groups USING (sees);

-- REFRESH MATERIALIZED VIEW CONCURRENTLY, during which readers read on, tells the rows apart by it.
CREATE UNIQUE INDEX "catalog_statistics_sees_key" ON "catalog_statistics" ("sees");
