// Pictures and codes.
import { stage } from '../stage'
import { call, Refusal } from './call'
import { ask } from './dialogs'
import { fileUrl, keepTemporary } from './files'
import { layer, part } from './sheet'

interface MediaOptions {
  count?: number
  mediaType?: string[]
  sourceType?: string[]
}

export const media = {
  chooseMedia: call('chooseMedia', async ({ count = 9, mediaType = ['image', 'video'], sourceType = [] }: MediaOptions) => {
    const chosen = await choose(mediaType.filter((type) => type !== 'mix'), count > 1, sourceType.join() === 'camera')
    const tempFiles = chosen.slice(0, count).map((file) => ({
      tempFilePath: keepTemporary(file),
      size: file.size,
      fileType: file.type.split('/')[0],
    }))
    return { type: tempFiles[0]?.fileType, tempFiles }
  }),

  previewImage: call('previewImage', ({ urls, current }: { urls: string[]; current?: string }) => {
    const overlay = layer('mp-preview')
    overlay.setAttribute('role', 'dialog')
    overlay.setAttribute('aria-label', '查看图片')
    overlay.addEventListener('click', () => overlay.remove())
    const strip = part('div', '')
    for (const url of urls) {
      const image = part('img', '')
      image.src = fileUrl(url) ?? url
      strip.append(image)
    }
    overlay.append(strip)
    const first = strip.children[Math.max(0, urls.indexOf(current ?? ''))]
    first?.scrollIntoView()
  }),

  scanCode: call('scanCode', async () => {
    const result = stage.scan ?? (await typedCode())
    return { result, scanType: 'QR_CODE', charSet: 'utf-8', path: '' }
  }),
}

function choose(types: string[], multiple: boolean, camera: boolean) {
  return new Promise<File[]>((resolve, reject) => {
    const field = document.createElement('input')
    field.type = 'file'
    field.accept = types.map((type) => `${type}/*`).join()
    field.multiple = multiple
    if (camera) field.setAttribute('capture', 'environment')
    field.addEventListener('change', () => resolve([...(field.files ?? [])]))
    field.addEventListener('cancel', () => reject(new Refusal('cancel')))
    field.click()
  })
}

async function typedCode() {
  const { confirm, content } = await ask({
    title: '扫一扫',
    editable: true,
    placeholderText: '这里没有摄像头，请输入码里的内容',
  })
  if (!confirm || !content) throw new Refusal('cancel')
  return content
}
