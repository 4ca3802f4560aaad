import { type DocumentNode, Kind, type SelectionSetNode, visit } from 'graphql'

/** What of a document can be counted without the schema. */
export interface QueryShape {
  readonly aliases: number
  readonly directives: number
  /** Deepest nesting of fields, through fragments. Introspection does not count: graphql-js bounds it by itself. */
  readonly depth: number
  readonly asksForSchema: boolean
}

/** Documents are parsed once and kept; so is what was counted of them. */
const shapes = new WeakMap<DocumentNode, QueryShape>()

export function shapeOf(document: DocumentNode): QueryShape {
  const known = shapes.get(document) ?? measure(document)
  shapes.set(document, known)
  return known
}

function measure(document: DocumentNode): QueryShape {
  let aliases = 0
  let directives = 0
  let asksForSchema = false
  visit(document, {
    Field({ alias, name: { value: name } }) {
      if (alias) aliases++
      if (name === '__schema' || name === '__type') asksForSchema = true
    },
    Directive() {
      directives++
    },
  })
  return { aliases, directives, depth: depthOf(document), asksForSchema }
}

function depthOf({ definitions }: DocumentNode): number {
  const fragments = new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  )
  const known = new Map<string, number>()
  const fragmentDepth = (name: string): number => {
    const fragment = fragments.get(name)
    if (!fragment || known.has(name)) return known.get(name) ?? 0
    // A fragment that spreads itself ends here, and is refused by validation.
    known.set(name, 0)
    known.set(name, depth(fragment.selectionSet))
    return known.get(name) ?? 0
  }
  const depth = ({ selections }: SelectionSetNode): number =>
    selections.reduce((deepest, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return Math.max(deepest, fragmentDepth(selection.name.value))
      if (selection.kind === Kind.INLINE_FRAGMENT) return Math.max(deepest, depth(selection.selectionSet))
      if (selection.name.value.startsWith('__')) return deepest
      return Math.max(deepest, 1 + (selection.selectionSet ? depth(selection.selectionSet) : 0))
    }, 0)
  return definitions.reduce(
    (deepest, node) =>
      node.kind === Kind.OPERATION_DEFINITION ? Math.max(deepest, depth(node.selectionSet)) : deepest,
    0,
  )
}
