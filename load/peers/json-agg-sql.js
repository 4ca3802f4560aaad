const time = (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const SUMMARY = `'id', translate(encode(convert_to('Tool:' || t.id, 'UTF8'), 'base64'), E'\\n', ''), 'name', t.name,
  'description', t.description, 'platform', t.platform, 'category', t.category, 'status', upper(t.status::text), 'enabled', t.enabled`
const VISIBLE = `t.deleted_at IS NULL AND t.status <> 'draft'`

/** A page of tools behind a name, one row more than asked for: whether there is another page. */
function page({ where = VISIBLE, after, order, fields = SUMMARY, more = '' }) {
  return `WITH page AS MATERIALIZED (
      SELECT t.*, row_number() OVER (ORDER BY ${order}) AS place FROM tools t WHERE ${where} AND ${after} ORDER BY ${order} LIMIT $1 + 1)
    SELECT json_build_object('tools', json_build_object(${more}'nodes', coalesce(
      (SELECT json_agg(json_build_object(${fields}) ORDER BY place) FROM page t WHERE place <= $1), '[]'::json)))`
}

/** A list has two statements, so that a page behind a name is found in the index. The mix asks for 50 where it does not say. */
function paged(name, after, options) {
  const texts = { [name]: page({ ...options, after: 'true' }), [`${name}After`]: page({ ...options, after }) }
  return ({ first = 50, after }) => {
    const chosen = after == null ? name : `${name}After`
    return { name: chosen, text: texts[chosen], values: after == null ? [first] : [first, after] }
  }
}

const BY_NAME = { order: 't.name_key' }

const GET = `SELECT json_build_object('tool', (SELECT json_build_object(${SUMMARY},
    'tags', t.tags, 'revision', t.seen_revision::text, 'latest', (SELECT json_build_object(
      'version', v.version, 'status', upper(v.status::text), 'digest', v.digest,
      'defaults', coalesce(v.definition->'defaults', '{}'), 'metadata', coalesce(v.definition->'metadata', '{}'),
      'dependencies', coalesce((SELECT json_agg(json_build_object('name', d->>'name', 'type', d->>'type', 'required', d->'required'))
        FROM json_array_elements(v.definition->'dependencies') d), '[]'::json),
      'capabilities', coalesce((SELECT json_agg(json_build_object('name', c.name, 'description', c.description,
        'patterns', coalesce((SELECT json_agg(json_build_object('name', p.name, 'description', p.description,
          'typicalUseCases', p.use_cases, 'timeEstimateMs', p.time_estimate_ms, 'costEstimate', p.cost_estimate,
          'complexityScore', p.complexity_score, 'scope', p.scope, 'completeness', p.completeness, 'limitations', p.limitations,
          'policy', json_build_object('maxCost', p.max_cost, 'requiresApproval', p.requires_approval,
            'productionSafe', p.production_safe, 'maxExecutionTime', p.max_execution_time),
          'preferenceMatch', json_build_object('speed', p.preference_match->'speed', 'accuracy', p.preference_match->'accuracy',
            'cost', p.preference_match->'cost', 'complexity', p.preference_match->'complexity',
            'completeness', p.preference_match->'completeness'),
          'requiredInputs', ${puts('p.required_inputs')}, 'expectedOutputs', ${puts('p.expected_outputs')})
          ORDER BY p.position) FROM patterns p WHERE p.capability_id = c.id), '[]'::json))
        ORDER BY c.position) FROM capabilities c WHERE c.version_id = v.id), '[]'::json))
    FROM tool_versions v WHERE v.id = t.latest_version_id))
  FROM tools t WHERE t.name_key = $1 AND ${VISIBLE}))`

function puts(column) {
  return `coalesce((SELECT json_agg(json_build_object('name', i->'name', 'type', i->'type', 'description', i->'description'))
    FROM json_array_elements(${column}) i), '[]'::json)`
}

const countBy = (column, name = 'name') =>
  `(SELECT json_agg(json_build_object('${name}', ${name === 'status' ? `upper(${column})` : column}, 'count', count) ORDER BY count DESC, ${column})
    FROM (SELECT ${column}::text, count(*) FROM living GROUP BY ${column}) groups)`

const STATISTICS = `WITH living AS (SELECT id, enabled, latest_version_id, platform, category, status FROM tools t WHERE ${VISIBLE}),
    served AS (SELECT p.production_safe, p.requires_approval FROM patterns p JOIN living ON living.latest_version_id = p.version_id)
  SELECT json_build_object('catalogStatistics', json_build_object(
    'tools', (SELECT count(*) FROM living), 'enabledTools', (SELECT count(*) FROM living WHERE enabled),
    'versions', (SELECT count(*) FROM tool_versions v JOIN living ON living.id = v.tool_id WHERE v.status <> 'draft'),
    'capabilities', (SELECT count(*) FROM capabilities c JOIN living ON living.latest_version_id = c.version_id),
    'patterns', (SELECT count(*) FROM served),
    'productionSafePatterns', (SELECT count(*) FROM served WHERE production_safe),
    'patternsRequiringApproval', (SELECT count(*) FROM served WHERE requires_approval),
    'toolsByPlatform', ${countBy('platform')}, 'toolsByCategory', ${countBy('category')}, 'toolsByStatus', ${countBy('status', 'status')}))`

/** The statement that each operation of the mix runs, prepared under a name, for the variables of a request. */
export const STATEMENTS = {
  List: paged('List', 't.name_key > $2', {
    ...BY_NAME,
    more: `'totalCount', (SELECT count(*) FROM tools t WHERE ${VISIBLE}),
      'pageInfo', json_build_object('hasNextPage', EXISTS (SELECT FROM page WHERE place > $1),
        'endCursor', (SELECT name_key FROM page WHERE place <= $1 ORDER BY place DESC LIMIT 1)), `,
  }),
  SearchByName: fixed(
    'SearchByName',
    page({ ...BY_NAME, where: `${VISIBLE} AND t.name_key LIKE $2`, after: 'true' }),
    ({ part, first = 20 }) => [first, `%${part.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`],
  ),
  GetByName: fixed('GetByName', GET, ({ name }) => [name.toLowerCase()]),
  ListEnabled: paged('ListEnabled', 't.name_key > $2', { ...BY_NAME, where: `${VISIBLE} AND t.enabled` }),
  ListLatest: paged(
    'ListLatest',
    '(t.updated_at, t.name_key) < ((SELECT updated_at FROM tools WHERE name_key = $2 AND deleted_at IS NULL), $2)',
    {
      where: `${VISIBLE} AND t.enabled`,
      order: 't.updated_at DESC, t.name_key DESC',
      fields: `${SUMMARY}, 'updatedAt', ${time('t.updated_at')}, 'latest', (SELECT json_build_object('version', v.version,
        'digest', v.digest, 'createdAt', ${time('v.created_at')}) FROM tool_versions v WHERE v.id = t.latest_version_id)`,
    },
  ),
  Statistics: fixed('Statistics', STATISTICS, () => []),
}

function fixed(name, text, valuesOf) {
  return (variables) => ({ name, text, values: valuesOf(variables) })
}
