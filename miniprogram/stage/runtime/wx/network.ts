// Requests, uploads and downloads over fetch.
import { stage } from '../stage'
import { callbackOnly, Refusal, type Callbacks } from './call'
import { keepTemporary, readBlob } from './files'

interface RequestOptions {
  url: string
  method?: string
  data?: unknown
  header?: Record<string, string>
  timeout?: number
  dataType?: string
  responseType?: string
}

interface TransferOptions extends RequestOptions {
  filePath: string
  name: string
  formData?: Record<string, string>
}

const usualTimeout = 60_000
const methods = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']

export const network = {
  request: task('request', async (options: RequestOptions, signal) => {
    const method = (options.method ?? 'GET').toUpperCase()
    if (!methods.includes(method)) throw new Refusal('method is invalid')
    const headers = new Headers(options.header)
    if (method !== 'GET' && !headers.has('content-type')) headers.set('content-type', 'application/json')
    const url = method === 'GET' ? withQuery(options.url, options.data) : options.url
    const body = method === 'GET' ? undefined : encode(options.data, headers.get('content-type') ?? '')
    const { response, bytes } = await send(url, { method, headers, body, signal })
    return {
      data: decode(bytes, options),
      statusCode: response.status,
      header: headerOf(response),
      cookies: [],
    }
  }),

  uploadFile: task('uploadFile', async (options: TransferOptions, signal) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(options.formData ?? {})) form.append(name, value)
    form.append(options.name, await readBlob(options.filePath), options.filePath.split('/').pop())
    const headers = new Headers(options.header)
    headers.delete('content-type')
    const { response, bytes } = await send(options.url, { method: 'POST', headers, body: form, signal })
    return { data: new TextDecoder().decode(bytes), statusCode: response.status, header: headerOf(response) }
  }),

  downloadFile: task('downloadFile', async (options: RequestOptions, signal) => {
    const { response, bytes } = await send(options.url, { headers: options.header, signal })
    const type = response.headers.get('content-type') ?? ''
    const tempFilePath = keepTemporary(new Blob([bytes], { type }))
    return { tempFilePath, statusCode: response.status, header: headerOf(response) }
  }),
}

/** task makes a call that can be aborted and that gives up in time. */
function task<O extends { timeout?: number }>(
  name: string,
  run: (options: O, signal: AbortSignal) => Promise<object>,
) {
  return (options: O & Callbacks) => {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort('timeout'), options.timeout ?? usualTimeout)
    callbackOnly<O>(name, async () => {
      try {
        return await run(options, stop.signal)
      } catch (err) {
        throw stop.signal.aborted ? new Refusal(String(stop.signal.reason)) : err
      } finally {
        clearTimeout(timer)
      }
    })(options)
    const ignore = () => undefined
    return {
      abort: () => stop.abort('abort'),
      onHeadersReceived: ignore,
      offHeadersReceived: ignore,
      onProgressUpdate: ignore,
      offProgressUpdate: ignore,
    }
  }
}

async function send(url: string, init: RequestInit) {
  const response = await fetch(url, init)
  const bytes = await response.arrayBuffer()
  stage.requests.push({ url, status: response.status, bytes: bytes.byteLength })
  return { response, bytes }
}

function withQuery(url: string, data: unknown) {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(data ?? {})) words.append(name, String(value))
  return words.size > 0 ? `${url}${url.includes('?') ? '&' : '?'}${words}` : url
}

function encode(data: unknown, type: string): BodyInit | undefined {
  if (data === undefined || data === null) return undefined
  if (typeof data === 'string' || data instanceof ArrayBuffer) return data
  if (type.includes('x-www-form-urlencoded')) return new URLSearchParams(data as Record<string, string>)
  return JSON.stringify(data)
}

function decode(bytes: ArrayBuffer, { dataType = 'json', responseType }: RequestOptions): unknown {
  if (responseType === 'arraybuffer') return bytes
  const text = new TextDecoder().decode(bytes)
  if (dataType !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** headerOf writes names as servers do: Date, Content-Type. */
function headerOf(response: Response) {
  const capital = (name: string) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
  return Object.fromEntries(Array.from(response.headers, ([name, value]) => [capital(name), value]))
}
