// What the page can do beyond standing there: copy the command, stretch a chart. Without it nothing
// is missing.
#pragma once

namespace weir::reports {

constexpr char kScript[] = R"js(
'use strict';
const copy = document.getElementById('copy');
copy.hidden = false;
copy.addEventListener('click', async () => {
  const command = document.getElementById('command');
  const range = document.createRange();
  range.selectNodeContents(command);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  let done = true;
  try { await navigator.clipboard.writeText(command.textContent); }
  catch { done = document.execCommand('copy'); }
  copy.textContent = done ? 'Copied' : 'Selected';
  setTimeout(() => { copy.textContent = 'Copy'; }, 1600);
});

for (const frame of document.querySelectorAll('.zoomable')) {
  const scroll = frame.querySelector('.scroll');
  const drawing = scroll.querySelector('svg');
  let factor = 1;
  const zoom = (wanted, at) => {
    const next = Math.min(40, Math.max(1, wanted));
    const x = at ?? scroll.clientWidth / 2;
    const left = (scroll.scrollLeft + x) * next / factor - x;
    factor = next;
    drawing.style.width = factor * 100 + '%';
    scroll.scrollLeft = left;
  };
  const buttons = document.createElement('div');
  buttons.className = 'zoom';
  for (const [text, label, act] of [['\u2212', 'Zoom out', () => zoom(factor / 1.6)],
                                    ['+', 'Zoom in', () => zoom(factor * 1.6)],
                                    ['Whole', 'Show the whole interval', () => zoom(1)]]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text;
    button.setAttribute('aria-label', label);
    button.addEventListener('click', act);
    buttons.append(button);
  }
  frame.prepend(buttons);
  scroll.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const left = scroll.getBoundingClientRect().left;
    zoom(factor * Math.exp(-event.deltaY / 300), event.clientX - left);
  }, {passive: false});
  let dragged = null;
  scroll.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button !== 0) return;
    dragged = event.clientX + scroll.scrollLeft;
  });
  addEventListener('pointermove', (event) => {
    if (dragged !== null) scroll.scrollLeft = dragged - event.clientX;
  });
  addEventListener('pointerup', () => { dragged = null; });
}
)js";

}  // namespace weir::reports
