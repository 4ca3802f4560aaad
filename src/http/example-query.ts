/** What GraphiQL opens with. */
export const EXAMPLE_QUERY = `# Find a tool by what you want to do. Ctrl-Enter runs this; the docs are on the left.
query FindATool {
  searchTools(query: "who is using port 443", first: 3) {
    nodes {
      score
      matches { word field kind text }
      tool {
        name
        description
        latest {
          version
          capabilities {
            name
            patterns {
              name
              timeEstimateMs
              policy { productionSafe requiresApproval }
            }
          }
        }
      }
    }
  }
}
`
