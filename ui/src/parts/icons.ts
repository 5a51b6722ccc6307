// The icons of the page, from Lucide (ISC), as one sprite. Knows no colour and no size.
const files = import.meta.glob<string>(
  [
    '../../node_modules/lucide-static/icons/{film,audio-lines,image,captions,stamp,package,clock,arrow-up,arrow-down}.svg',
    '../../node_modules/lucide-static/icons/{refresh-cw,shield-check,clapperboard,circle-check,circle-pause}.svg',
    '../../node_modules/lucide-static/icons/{circle-alert,circle-slash,wifi-off,list,history,scan-text,turtle}.svg',
    '../../node_modules/lucide-static/icons/{settings-2,chevrons-up-down,plus,pause,play,search,list-filter}.svg',
    '../../node_modules/lucide-static/icons/{panel-right,ellipsis,copy,rotate-cw,rotate-ccw,x,cloud,flask-conical}.svg',
    '../../node_modules/lucide-static/icons/{check,languages,monitor,sun,moon,folder-plus,trash,chevron-down}.svg',
    '../../node_modules/lucide-static/icons/{chevron-right,server,clipboard-paste,eye,eye-off,lock,zap,folder}.svg',
    '../../node_modules/lucide-static/icons/{layers,arrow-up-to-line,corner-down-left,file-x,link,unlink,info}.svg',
    '../../node_modules/lucide-static/icons/{triangle-alert,external-link,pencil,paperclip,text,scroll-text,pin}.svg',
    '../../node_modules/lucide-static/icons/{gauge,network,bell,palette,user,keyboard,download,upload,undo-2}.svg',
    '../../node_modules/lucide-static/icons/{file-text,circle-question-mark,chevron-up,key-round,copy-check}.svg',
  ],
  { query: '?raw', import: 'default', eager: true },
);

export type IconName =
  | 'film'
  | 'audio-lines'
  | 'image'
  | 'captions'
  | 'stamp'
  | 'package'
  | 'clock'
  | 'arrow-up'
  | 'arrow-down'
  | 'refresh-cw'
  | 'shield-check'
  | 'clapperboard'
  | 'circle-check'
  | 'circle-pause'
  | 'circle-alert'
  | 'circle-slash'
  | 'wifi-off'
  | 'list'
  | 'history'
  | 'scan-text'
  | 'turtle'
  | 'settings-2'
  | 'chevrons-up-down'
  | 'plus'
  | 'pause'
  | 'play'
  | 'search'
  | 'list-filter'
  | 'panel-right'
  | 'ellipsis'
  | 'copy'
  | 'rotate-cw'
  | 'rotate-ccw'
  | 'x'
  | 'cloud'
  | 'flask-conical'
  | 'check'
  | 'languages'
  | 'monitor'
  | 'sun'
  | 'moon'
  | 'folder-plus'
  | 'trash'
  | 'chevron-down'
  | 'chevron-right'
  | 'chevron-up'
  | 'key-round'
  | 'server'
  | 'clipboard-paste'
  | 'eye'
  | 'eye-off'
  | 'lock'
  | 'zap'
  | 'folder'
  | 'layers'
  | 'arrow-up-to-line'
  | 'corner-down-left'
  | 'file-x'
  | 'link'
  | 'unlink'
  | 'info'
  | 'triangle-alert'
  | 'external-link'
  | 'pencil'
  | 'paperclip'
  | 'text'
  | 'scroll-text'
  | 'gauge'
  | 'network'
  | 'bell'
  | 'palette'
  | 'user'
  | 'keyboard'
  | 'download'
  | 'upload'
  | 'undo-2'
  | 'file-text';

function symbol(path: string, svg: string): string {
  const name = /([^/]+)\.svg$/.exec(path)?.[1] ?? '';
  const inner = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, '')}</symbol>`;
}

/** All symbols, put into the page once. */
export const sprite = Object.entries(files)
  .map(([path, svg]) => symbol(path, svg))
  .join('');
