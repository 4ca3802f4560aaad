-- What PostGraphile is given beside the tables: parts of the document as computed columns, and the counts as one custom query.
-- https://postgraphile.org/postgraphile/5/computed-columns https://postgraphile.org/postgraphile/5/custom-queries
CREATE SCHEMA peers;

CREATE FUNCTION peers.tool_versions_defaults(v public.tool_versions) RETURNS json LANGUAGE sql STABLE AS
  $$ SELECT coalesce(v.definition->'defaults', '{}') $$;
CREATE FUNCTION peers.tool_versions_metadata(v public.tool_versions) RETURNS json LANGUAGE sql STABLE AS
  $$ SELECT coalesce(v.definition->'metadata', '{}') $$;
CREATE FUNCTION peers.tool_versions_dependencies(v public.tool_versions) RETURNS json LANGUAGE sql STABLE AS
  $$ SELECT coalesce(v.definition->'dependencies', '[]') $$;

CREATE FUNCTION peers.catalog_statistics() RETURNS json LANGUAGE sql STABLE AS $$
  WITH living AS (
    SELECT id, enabled, latest_version_id, platform, category, status FROM public.tools
    WHERE deleted_at IS NULL AND status <> 'draft'),
  served AS (
    SELECT p.production_safe, p.requires_approval FROM public.patterns p JOIN living ON living.latest_version_id = p.version_id),
  by_platform AS (SELECT platform AS name, count(*) FROM living GROUP BY 1),
  by_category AS (SELECT category AS name, count(*) FROM living GROUP BY 1),
  by_status AS (SELECT upper(status::text) AS status, count(*) FROM living GROUP BY 1)
  SELECT json_build_object(
    'tools', (SELECT count(*) FROM living),
    'enabledTools', (SELECT count(*) FROM living WHERE enabled),
    'versions', (SELECT count(*) FROM public.tool_versions v JOIN living ON living.id = v.tool_id WHERE v.status <> 'draft'),
    'capabilities', (SELECT count(*) FROM public.capabilities c JOIN living ON living.latest_version_id = c.version_id),
    'patterns', (SELECT count(*) FROM served),
    'productionSafePatterns', (SELECT count(*) FROM served WHERE production_safe),
    'patternsRequiringApproval', (SELECT count(*) FROM served WHERE requires_approval),
    'toolsByPlatform', (SELECT json_agg(g ORDER BY count DESC, name) FROM by_platform g),
    'toolsByCategory', (SELECT json_agg(g ORDER BY count DESC, name) FROM by_category g),
    'toolsByStatus', (SELECT json_agg(g ORDER BY count DESC, status) FROM by_status g))
$$;
