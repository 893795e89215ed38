// The storage of this phone: localStorage, apart for each person.
import { owner } from '../stage'
import { call, Refusal } from './call'

const prefix = `mp:${owner}:`

interface Kept {
  v: unknown
  /** Encrypted storage is a room of its own: it opens only to who asks for it. */
  encrypted?: boolean
}

interface Item {
  key: string
  data?: unknown
  encrypt?: boolean
}

export const storage = {
  getStorageSync: (key: string) => {
    const kept = read(key)
    if (kept && !kept.encrypted) return kept.v
    // The stage serves the program and its API from one place.
    return key === 'apiBase' ? location.origin : ''
  },
  setStorageSync: (key: string, data: unknown) => write(key, { v: data }),
  removeStorageSync: remove,
  clearStorageSync: clear,
  getStorageInfoSync: info,

  getStorage: call('getStorage', ({ key, encrypt = false }: Item) => {
    const kept = read(key)
    if (!kept || (kept.encrypted ?? false) !== encrypt) throw new Refusal('data not found')
    return { data: kept.v }
  }),
  setStorage: call('setStorage', ({ key, data, encrypt }: Item) => write(key, { v: data, encrypted: encrypt })),
  removeStorage: call('removeStorage', ({ key }: Item) => remove(key)),
  clearStorage: call('clearStorage', clear),
  getStorageInfo: call('getStorageInfo', info),
}

function read(key: string) {
  const text = localStorage.getItem(prefix + key)
  return text === null ? undefined : (JSON.parse(text) as Kept)
}

function write(key: string, kept: Kept) {
  localStorage.setItem(prefix + key, JSON.stringify(kept))
}

function remove(key: string) {
  localStorage.removeItem(prefix + key)
}

function clear() {
  for (const key of keys()) remove(key)
}

function keys() {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
}

function info() {
  const used = keys().reduce((sum, key) => sum + (localStorage.getItem(prefix + key) ?? '').length, 0)
  return { keys: keys(), currentSize: Math.ceil(used / 1024), limitSize: 10_240 }
}
