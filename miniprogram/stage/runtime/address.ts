/** parseAddress splits path and query. As in WeChat, values stay as they are written: the page decodes them. */
export function parseAddress(url: string) {
  const [path = '', words = ''] = url.split('?')
  const query: Record<string, string> = {}
  for (const word of words.split('&')) {
    if (!word) continue
    const at = word.indexOf('=')
    query[at < 0 ? word : word.slice(0, at)] = at < 0 ? '' : word.slice(at + 1)
  }
  return { path, query }
}
