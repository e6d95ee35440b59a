/** Folds the table of contents on narrow screens, where it would cover the page, and marks the visible section in it. */
export function followContents(): void {
  const contents = document.querySelector<HTMLDetailsElement>('nav.contents details');
  if (!contents) return;
  const isNarrow = matchMedia('(max-width: 64rem)');
  const fold = () => {
    contents.open = !isNarrow.matches;
  };
  fold();
  isNarrow.addEventListener('change', fold);
  contents.addEventListener('click', ({ target }) => {
    if (isNarrow.matches && target instanceof Element && target.closest('a')) contents.open = false;
  });

  const links = new Map(
    [...contents.querySelectorAll('a')].flatMap((link) => {
      const section = document.querySelector(link.hash);
      return section ? [[section, link] as const] : [];
    }),
  );
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) links.get(target)!.classList.toggle('here', isIntersecting);
    },
    { rootMargin: '-20% 0px -70% 0px' },
  );
  for (const section of links.keys()) observer.observe(section);
}
