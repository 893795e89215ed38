// The files of this phone. What is saved lies in IndexedDB and is read whole
// at the start, so that a picture's address can be told at once.
import { owner } from '../stage'
import { callbackOnly, Refusal } from './call'

const database = `mp:${owner}`
const files = new Map<string, { blob: Blob; url: string }>()
let serial = 0

/** loadFiles brings back what was saved before. */
export async function loadFiles() {
  const store = await open('readonly')
  const [names, blobs] = await Promise.all([
    done(store.getAllKeys() as IDBRequest<string[]>),
    done(store.getAll() as IDBRequest<Blob[]>),
  ])
  blobs.forEach((blob, index) => keep(names[index] ?? '', blob))
}

/** keepTemporary gives a file a path that holds until the program is left. */
export function keepTemporary(blob: Blob) {
  return keep(`wxfile://tmp_${Date.now()}_${serial++}${ending(blob)}`, blob)
}

/** fileUrl answers under which address the browser finds a file. */
export function fileUrl(path: string) {
  return files.get(path)?.url
}

/** readBlob answers a file's content, whichever kind of path names it. */
export async function readBlob(path: string) {
  const known = files.get(path)
  if (known) return known.blob
  if (path.startsWith('wxfile:')) throw new Refusal('file not found')
  return (await fetch(path)).blob()
}

interface PathOptions {
  filePath: string
}

const system = {
  saveFile: callbackOnly('saveFile', async ({ tempFilePath }: { tempFilePath: string }) => {
    const blob = await readBlob(tempFilePath)
    const savedFilePath = `wxfile://store_${Date.now()}_${serial++}${ending(blob)}`
    await done((await open('readwrite')).put(blob, savedFilePath))
    return { savedFilePath: keep(savedFilePath, blob) }
  }),
  removeSavedFile: callbackOnly('removeSavedFile', async ({ filePath }: PathOptions) => {
    const known = files.get(filePath)
    if (!known) throw new Refusal('file not exist')
    URL.revokeObjectURL(known.url)
    files.delete(filePath)
    await done((await open('readwrite')).delete(filePath))
  }),
  access: callbackOnly('access', ({ path }: { path: string }) => {
    if (!files.has(path)) throw new Refusal(`no such file or directory, access '${path}'`)
  }),
  readFile: callbackOnly('readFile', async ({ filePath, encoding }: PathOptions & { encoding?: string }) => {
    const bytes = await (await readBlob(filePath)).arrayBuffer()
    if (!encoding) return { data: bytes }
    if (encoding === 'base64') return { data: toBase64(bytes) }
    return { data: new TextDecoder().decode(bytes) }
  }),
}

export const fileCalls = {
  getFileSystemManager: () => system,
  base64ToArrayBuffer: (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer,
  arrayBufferToBase64: toBase64,
}

function toBase64(bytes: ArrayBuffer) {
  return btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''))
}

function keep(path: string, blob: Blob) {
  files.set(path, { blob, url: URL.createObjectURL(blob) })
  return path
}

function ending(blob: Blob) {
  const kind = blob.type.split('/')[1]
  return kind ? `.${kind.replace('jpeg', 'jpg').replace(/\W.*/, '')}` : ''
}

async function open(mode: IDBTransactionMode) {
  const request = indexedDB.open(database)
  request.onupgradeneeded = () => request.result.createObjectStore('files')
  return (await done(request)).transaction('files', mode).objectStore('files')
}

function done<T>(request: IDBRequest<T>) {
  return new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the file store failed'))
  })
}
