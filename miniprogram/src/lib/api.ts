import type { components, paths } from '../types/contract'
import { learnTime } from './clock'
import { loggedIn, login, token } from './session'
import { serverAddress } from './server'

/** The nouns of the contract, as the pages use them. */
export type Schemas = components['schemas']

type Verb = 'get' | 'post' | 'put' | 'delete' // WeChat sends no PATCH
type Routes = { [P in keyof paths as P extends `/api/v1${infer R}` ? R : never]: paths[P] }
type With<V extends Verb> = { [R in keyof Routes]: Routes[R] extends Record<V, object> ? R : never }[keyof Routes]
type Operation<R extends keyof Routes, V extends Verb> = Routes[R] extends Record<V, infer O> ? O : never
type Json<A> = A extends { content: { 'application/json': infer T } } ? T : never
type Answer<O> = O extends { responses: infer A } ? Json<A[keyof A & (200 | 201)]> : never
type Body<O> = O extends { requestBody?: infer B } ? Json<NonNullable<B>> : never
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : never
type Path<O> = O extends { parameters: { path: infer P } } ? P : never

/** What a route answers to a GET. */
export type Got<R extends With<'get'>> = Answer<Operation<R, 'get'>>

interface Ask<O> {
  path?: Path<O>
  query?: Query<O>
  body?: Body<O>
  /** The request's own number: sent again with it, a request is done once. */
  key?: string
}

/** Why something was refused, in words that can be shown as they are. */
export class Fault extends Error {
  constructor(
    readonly status: number, // 0: the server was not reached
    readonly reason: string,
    message: string,
    readonly fields: Schemas['FieldFault'][] = [],
    /** What is held out instead: slots, advisors, an office. */
    readonly offer: { slots?: Schemas['Slot'][]; advisors?: string[]; office?: string } = {},
  ) {
    super(message)
  }

  /** No answer came: whether it was done is not known. */
  get offline(): boolean {
    return this.status === 0
  }

  /** What is wrong with one field; '' if nothing is. */
  field(name: string): string {
    return this.fields.find((f) => f.name === name)?.message ?? ''
  }
}

export const offlineText = '网络不通，请检查手机网络后再试'

/** Any error as a Fault, so that no page ever shows an English one. */
export function faultOf(err: unknown): Fault {
  return err instanceof Fault ? err : new Fault(-1, 'unknown', '出了点问题，请再试一次')
}

export const api = {
  get: <R extends With<'get'>>(route: R, ask: Ask<Operation<R, 'get'>> = {}) => call<R, 'get'>('get', route, ask),
  post: <R extends With<'post'>>(route: R, ask: Ask<Operation<R, 'post'>> = {}) => call<R, 'post'>('post', route, ask),
  put: <R extends With<'put'>>(route: R, ask: Ask<Operation<R, 'put'>> = {}) => call<R, 'put'>('put', route, ask),
  delete: <R extends With<'delete'>>(route: R, ask: Ask<Operation<R, 'delete'>> = {}) => call<R, 'delete'>('delete', route, ask),
}

async function call<R extends keyof Routes, V extends Verb>(verb: V, route: R, ask: Ask<Operation<R, V>>): Promise<Answer<Operation<R, V>>> {
  const url = address(route, ask.path as Record<string, string> | undefined, ask.query as Record<string, unknown> | undefined)
  const answer = await again(isPublic(verb, route), (header) => send(verb, url, { ...header, ...(ask.key ? { 'Idempotency-Key': ask.key } : {}) }, ask.body))
  return answer as Answer<Operation<R, V>>
}

/**
 * Sends with a token; one that no longer stands is replaced silently, once.
 * Somebody who has not logged in has not agreed to it either: they are asked
 * first, by whoever called.
 */
export async function again<T>(open: boolean, sending: (header: Record<string, string>) => Promise<T>): Promise<T> {
  if (!open && !loggedIn()) throw new Fault(-1, 'login_needed', '登录以后才能看')
  const bearer = (): Record<string, string> => (token() ? { Authorization: `Bearer ${token()}` } : {})
  try {
    return await sending(bearer())
  } catch (err) {
    if (!(err instanceof Fault) || err.status !== 401 || !loggedIn()) throw err
    await login()
    return sending(bearer())
  }
}

/** What anybody may read without having logged in. */
function isPublic(verb: Verb, route: string): boolean {
  return verb === 'get' && /^\/(privacy|villages|villages\/\{code\}|villages\/\{code\}\/advisors|advisors\/\{id\}|advisors\/\{id\}\/slots)$/.test(route)
}

function address(route: string, path: Record<string, string> = {}, query: Record<string, unknown> = {}): string {
  const filled = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
  const pairs = Object.entries(query).filter(([, v]) => v !== undefined && v !== '')
    .flatMap(([k, v]) => (Array.isArray(v) ? v : [v]).map((one) => `${k}=${encodeURIComponent(String(one))}`))
  return `${serverAddress()}/api/v1${filled}${pairs.length ? `?${pairs.join('&')}` : ''}`
}

/** Sends one request. It answers the body, or throws a Fault. */
export function send(verb: Verb, url: string, header: Record<string, string>, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    wx.request({
      url, header,
      method: verb.toUpperCase() as Uppercase<Verb>,
      data: body === undefined ? undefined : (JSON.stringify(body) as unknown as Record<string, unknown>),
      timeout: 20_000,
      success: (res) => {
        learnTime(headerOf(res.header, 'date'))
        if (res.statusCode < 300) resolve(res.data)
        else reject(refusal(res.statusCode, res.data))
      },
      fail: () => reject(new Fault(0, 'offline', offlineText)),
    })
  })
}

/** The Fault that a refusing answer tells of. */
export function refusal(status: number, data: unknown): Fault {
  const told = data as (Partial<Schemas['Fault']> & Fault['offer']) | undefined
  if (!told?.reason || !told.message) return new Fault(status, 'unknown', '服务暂时不可用，请稍后再试')
  return new Fault(status, told.reason, told.message, told.fields ?? [], { slots: told.slots, advisors: told.advisors, office: told.office })
}

function headerOf(header: Record<string, unknown>, name: string): string | undefined {
  const key = Object.keys(header).find((k) => k.toLowerCase() === name)
  return key ? String(header[key]) : undefined
}
