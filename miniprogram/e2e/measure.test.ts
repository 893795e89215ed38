// Every page, measured: what is tapped is large enough, what is read is large
// and clear enough, and a screen reader finds a name for each control.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import type { Phone } from './lib/phone'
import type { Server } from './lib/server'
import { startServer } from './lib/server'
import { pagesOfApp, tour, type Stop } from './lib/tour'
import { openStop } from './lib/visit'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const modes = [
  { name: 'normal', elder: false, dark: false, target: 44, text: 14 },
  { name: '长辈版', elder: true, dark: false, target: 60, text: 18 },
  { name: 'dark', elder: false, dark: true, target: 44, text: 14 },
  { name: 'text of 1.3 times', elder: false, dark: false, font: 22, target: 44, text: 18 },
]

let server: Server
let stops: Stop[] = []
before(async () => {
  server = await startServer()
  stops = await tour(server)
})
after(() => server.stop())

test('the tour goes to every page', () => {
  assert.deepEqual([...new Set(stops.map((s) => s.page))].sort(), pagesOfApp().sort())
})

test('what is too small, too faint or without a name is found', async () => {
  const phone = await openStop(server, stops.find((s) => s.page === 'pages/home/home')!)
  await phone.top.locator('.mp-body .page').evaluate((page) => {
    page.insertAdjacentHTML('afterbegin', '<div data-tap role="button" style="width:43px;height:43px"></div><p style="font-size:13px;color:#999;background:#fff">faint</p>')
  })
  const found = [...(await tooSmall(phone, 44, 14)), ...(await unclearTo(phone))].join('\n')
  for (const fault of [/is 43 x 43/, /in 13 px/, /^color-contrast: <p/m, /^aria-command-name: <div/m]) assert.match(found, fault)
  await phone.close()
})

for (const mode of modes) {
  describe(mode.name, () => {
    for (const page of pagesOfApp()) {
      test(page, async () => {
        const stop = stops.find((s) => s.page === page)!
        const phone = await openStop(server, stop, { elder: mode.elder, dark: mode.dark, font: mode.font, viewport: { width: 320, height: 568 } })
        const small = await tooSmall(phone, mode.target, mode.text)
        const unclear = await unclearTo(phone)
        await phone.close()
        assert.deepEqual([...small, ...unclear], [])
      })
    }
  })
}

/** tooSmall names what is tapped or read and smaller than it may be, and a page that is wider than the screen. */
function tooSmall(phone: Phone, target: number, text: number): Promise<string[]> {
  return phone.top.evaluate(
    (shell, { target, text }) => {
      const found: string[] = []
      const all = [...shell.querySelectorAll('.mp-body *')]
      for (const el of all) all.push(...(el.shadowRoot?.querySelectorAll('*') ?? [])) // what is pushed is gone through too
      for (const el of all) {
        const root = el.getRootNode()
        const host = root instanceof ShadowRoot ? root.host : el
        const box = el.getBoundingClientRect()
        if (host.closest('[aria-hidden="true"]') || box.width === 0 || box.height === 0) continue
        const named = `${el.tagName.toLowerCase()}.${el.className} "${(el.getAttribute('aria-label') ?? el.textContent ?? '').trim().slice(0, 20)}"`
        const tapped = el.matches('[data-tap], wx-button, wx-input, wx-textarea, wx-picker') && el.tagName !== 'WX-PAGE'
        if (tapped && (box.width < target - 0.5 || box.height < target - 0.5)) found.push(`${named} is ${Math.round(box.width)} x ${Math.round(box.height)}`)
        const words = [...el.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent!.trim() !== '')
        const size = parseFloat(getComputedStyle(el).fontSize)
        if (words && size < text) found.push(`${named} is written in ${size} px`)
        if (box.right > innerWidth + 1 && !el.closest('wx-scroll-view')) found.push(`${named} leaves the screen`)
      }
      return found
    },
    { target, text },
  )
}

/** unclearTo asks axe for contrast of at least 4.5:1, for names of controls, and for roles used as they are meant. */
async function unclearTo(phone: Phone): Promise<string[]> {
  await phone.page.evaluate(axe)
  const { violations } = await phone.page.evaluate(
    () =>
      (window as unknown as { axe: { run(where: object, how: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> } }).axe.run(
        { include: ['.mp-shell:not([hidden]) .mp-body'] },
        { runOnly: ['color-contrast', 'button-name', 'aria-command-name', 'aria-toggle-field-name', 'aria-input-field-name', 'aria-required-children', 'aria-required-parent', 'aria-allowed-attr', 'aria-roles', 'label', 'image-alt', 'nested-interactive'] },
      ),
  )
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary?.split('\n')[1] ?? ''}`))
}
