// Files of a drop or of a picker, folders included, with their paths.
export interface Chosen {
  path: string;
  file: File;
}

async function walk(entry: FileSystemEntry, prefix: string, out: Chosen[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, refused) => (entry as FileSystemFileEntry).file(done, refused));
    out.push({ path: prefix + entry.name, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader hands out at most a hundred entries at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, refused) => reader.readEntries(done, refused));
    if (!some.length) return;
    for (const one of some) if (one.name !== '.git') await walk(one, `${prefix}${entry.name}/`, out);
  }
}

export async function ofDrop(transfer: DataTransfer): Promise<Chosen[]> {
  const out: Chosen[] = [];
  // The list is gone after the first await: entries are taken out before.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (!entries.length) return [...transfer.files].map((file) => ({ path: file.name, file }));
  for (const entry of entries) await walk(entry, '', out);
  return out;
}

export const ofPicker = (files: FileList): Chosen[] => [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
