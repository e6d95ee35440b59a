import { element } from './elements.js';

/** Gives each command of the page a button that copies it. */
export function offerCopies(): void {
  for (const command of document.querySelectorAll('code.command')) {
    const button = element('button', { type: 'button', class: 'copy' }, 'copy');
    button.onclick = async () => {
      try {
        await navigator.clipboard.writeText(command.textContent ?? '');
        button.textContent = 'copied';
      } catch {
        getSelection()?.selectAllChildren(command);
        button.textContent = 'press Ctrl-C';
      }
      setTimeout(() => {
        button.textContent = 'copy';
      }, 2000);
    };
    command.after(' ', button);
  }
}
