// Every page of the mini-program with somebody who would open it, and what
// they would find there.
import { readFileSync } from 'node:fs'
import type { Client, Server } from './server'

export interface Stop {
  /** Route of the page, as app.json has it. */
  page: string
  /** Query of the page. */
  query?: string
  /** Login code of whoever opens it. */
  as: string
  /** Whether they have not logged in yet. */
  stranger?: boolean
}

export const resident = 'demo-resident-1'
export const advisor = 'demo-advisor-1'
export const cadre = 'demo-cadre-1'

/** pagesOfApp answers the routes that app.json names. */
export function pagesOfApp(): string[] {
  const app = JSON.parse(readFileSync(new URL('../../src/app.json', import.meta.url), 'utf8')) as {
    pages: string[]
    subPackages: { root: string; pages: string[] }[]
  }
  return [...app.pages, ...app.subPackages.flatMap((p) => p.pages.map((page) => `${p.root}/${page}`))]
}

/** tour makes what the pages need to show something, and answers where to go. */
export async function tour(server: Server): Promise<Stop[]> {
  const [villager, lawyer] = await Promise.all([server.api(resident), server.api(advisor)])
  const village = villager.person.village as string
  const law = lawyer.person.id as string
  const toRate = await book(villager, law, village, 0, '赡养费怎么算')
  const { log } = await serve(server, lawyer, toRate)
  const booked = await book(await server.api(resident), law, village, 3, '和邻居的地界有争议', 'video')
  const complaint = await (await server.api(resident)).post('/complaints', { appointment: toRate, text: '约好九点，律师九点半才到，也没有提前打电话说一声。' })
  const own = await (await server.api(advisor)).get('/service-logs?status=confirmed&limit=1')

  const of = (as: string) => (page: string, query = ''): Stop => ({ page, query, as })
  const [r, a, c] = [of(resident), of(advisor), of(cadre)]
  return [
    r('pages/home/home'),
    r('pages/bookings/bookings'),
    r('pages/notices/notices'),
    r('pages/me/me'),
    { page: 'pages/welcome/welcome', as: resident, stranger: true },
    r('pages/privacy/privacy'),
    r('pages/villages/villages'),
    r('pages/advisor/advisor', `id=${law}&village=${village}`),
    r('pages/book/book', `advisor=${law}&village=${village}&channel=visit`),
    r('pages/booking/booking', `id=${booked}`),
    r('pages/move/move', `id=${booked}`),
    r('pages/waits/waits', `advisor=${law}&village=${village}&channel=visit`),
    r('pages/rate/rate', `id=${toRate}`),
    r('pages/complain/complain', `appointment=${toRate}`),
    r('pages/complaints/complaints'),
    r('pages/complaint/complaint', `id=${complaint.id}`),
    r('pages/profile/profile'),
    r('pages/bind/bind'),
    a('pkg-advisor/today/today'),
    a('pkg-advisor/calendar/calendar'),
    a('pkg-advisor/schedule/schedule'),
    a('pkg-advisor/shift/shift', 'index=0'),
    a('pkg-advisor/leave/leave'),
    a('pkg-advisor/sign-in/sign-in'),
    a('pkg-advisor/logs/logs'),
    a('pkg-advisor/log/log', `id=${own.items[0]?.id ?? log}`),
    a('pkg-advisor/write/write'),
    a('pkg-advisor/month/month'),
    a('pkg-advisor/ratings/ratings'),
    a('pkg-advisor/record/record'),
    c('pkg-village/calendar/calendar'),
    c('pkg-village/logs/logs'),
    c('pkg-village/log/log', `id=${log}`),
    c('pkg-village/witness/witness'),
    c('pkg-village/code/code'),
  ]
}

/** book books the nth free time and answers the booking's id. */
export async function book(client: Client, law: string, village: string, nth: number, topic: string, channel = 'visit'): Promise<string> {
  const free = await client.get(`/advisors/${law}/slots?village=${village}&channel=${channel}`)
  const made = await client.post('/appointments', { advisor: law, village, start: free.items[nth].start, channel, topic })
  return made.id as string
}

/** serve moves the clock to a booking's start and lets the lawyer log that it took place. */
export async function serve(server: Server, lawyer: Client, booking: string): Promise<{ log: string }> {
  const { end } = await lawyer.get(`/appointments/${booking}`)
  await goTo(server, new Date(Date.parse(end as string) + 60_000))
  const again = await server.api(advisor)
  const log = await again.post('/service-logs', { appointment: booking })
  return { log: log.id as string }
}

/** goTo sets the server's clock to a moment. Tokens of before may have expired by then. */
export async function goTo(server: Server, moment: Date) {
  await server.clock(Math.round((moment.getTime() - Date.now()) / 1000))
}
