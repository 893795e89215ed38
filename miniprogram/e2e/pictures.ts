// Takes pictures of every page, in both modes and on two sizes of screen, for
// somebody to look at: bin/pictures. The best go to docs/pictures, for the
// README.
import { cp, mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openStop } from './lib/visit'
import { startServer } from './lib/server'
import { tour } from './lib/tour'

const all = fileURLToPath(new URL('../../bin/pictures', import.meta.url))
const best = fileURLToPath(new URL('../../docs/pictures', import.meta.url))

const sizes = [
  { name: '375', width: 375, height: 667 },
  { name: '320', width: 320, height: 568 },
]
const modes = [
  { name: 'normal', elder: false },
  { name: 'elder', elder: true },
]

/** What the README shows: picture -> name in docs/pictures. */
const shown: Record<string, string> = {
  'home-375-normal': 'home', 'book-375-normal': 'book', 'booking-375-normal': 'booking', 'home-375-elder': 'home-elder',
  'book-375-elder': 'book-elder', 'today-375-normal': 'today', 'write-375-normal': 'write', 'month-375-normal': 'month',
}

await rm(all, { recursive: true, force: true })
await mkdir(best, { recursive: true })
const server = await startServer()
try {
  for (const stop of await tour(server)) {
    const name = stop.page.replace(/^pages\/|\/[^/]*$/g, '').replace('/', '-').replace(/^pkg-advisor-/, '')
    for (const size of sizes) {
      for (const mode of modes) {
        const phone = await openStop(server, stop, { viewport: size, elder: mode.elder })
        const file = `${name}-${size.name}-${mode.name}`
        await phone.shot(`${all}/${file}.png`)
        if (size.name === '375' && !mode.elder) await phone.whole(`${all}/${name}-whole.png`)
        await phone.close()
        if (shown[file]) await cp(`${all}/${file}.png`, `${best}/${shown[file]}.png`)
      }
    }
    const dark = await openStop(server, stop, { dark: true })
    await dark.shot(`${all}/${name}-dark.png`)
    await dark.close()
  }
} finally {
  await server.stop()
}
console.log(`pictures: ${all}`)
