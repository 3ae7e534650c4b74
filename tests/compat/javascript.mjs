// Uploads a file by @huggingface/hub and reads it back; prints what it saw as JSON.
// usage: node javascript.mjs ENDPOINT TOKEN REPO FILE
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRepo, downloadFile, fileDownloadInfo, listFiles, uploadFiles, whoAmI } from "@huggingface/hub";

const [hubUrl, accessToken, repo, file] = process.argv.slice(2);
const options = { hubUrl, accessToken };
const content = await readFile(file);

await createRepo({ ...options, repo });
await uploadFiles({
  ...options,
  repo,
  useXet: true,
  files: [
    { path: "weights.bin", content: new Blob([content]) },
    { path: "notes.txt", content: new Blob(["from JavaScript\n"]) },
  ],
});
const digests = {};
for (const xet of [true, false]) {
  const blob = await downloadFile({ ...options, repo, path: "weights.bin", xet });
  digests[xet] = createHash("sha256").update(Buffer.from(await blob.arrayBuffer())).digest("hex");
}
const paths = [];
for await (const entry of listFiles({ ...options, repo, recursive: true })) paths.push(entry.path);
const info = await fileDownloadInfo({ ...options, repo, path: "weights.bin" });
console.log(JSON.stringify({
  who: (await whoAmI(options)).name, digests, paths: paths.sort(), size: info.size, xet: Boolean(info.xet),
}));
