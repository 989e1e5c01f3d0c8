/** Tells a screen reader what has happened without moving the focus. */
export function announce(text: string): void {
  const region = document.getElementById('announcements');
  if (region === null) return;
  region.textContent = '';
  // A region that gets the same text again says nothing.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}
