"""Rows about bytes: downloads, uploads, what they cost and what they take."""

from __future__ import annotations

import os
import statistics

import traffic
from stage import GIB, MIB, Row, Stage
from traffic import CountingProxy
from yardsticks import alternately, curl_bytes_per_second


def rate(value: float) -> str:
    return f"{value / GIB:.2f} GiB/s"


def download(stage: Stage) -> list[Row]:
    url = f"{stage.nginx.endpoint}/{stage.big_file.name}"
    here = f"{stage.holt.endpoint}/{stage.lfs_upload['repo']}/resolve/main/big.bin"
    nginx, holt = alternately(5, lambda: curl_bytes_per_second(url), lambda: curl_bytes_per_second(here))
    rows = [Row(f"{stage.size_name} download by curl, came by LFS", "≥ 0.95 × nginx", f"{holt / nginx:.2f} × ({rate(holt)})",
                f"nginx sendfile {rate(nginx)}", holt / nginx >= 0.95)]
    here = f"{stage.holt.endpoint}/{stage.xet_upload['repo']}/resolve/main/one.bin"
    nginx, holt = alternately(3, lambda: curl_bytes_per_second(url), lambda: curl_bytes_per_second(here))
    return [*rows, Row(f"{stage.size_name} download by curl, came by Xet", "(said only)", f"{holt / nginx:.2f} × ({rate(holt)})",
                       f"nginx sendfile {rate(nginx)}", True)]


def upload_cpu(stage: Stage) -> list[Row]:
    scale = GIB / stage.big_bytes
    sha = stage.sha256_seconds * scale
    rows = []
    for door, upload, allowance in (("LFS", stage.lfs_upload, 0.7), ("Xet", stage.xet_upload, 1.0)):
        spent = upload["cpu"] * scale
        later = upload.get("later", 0) * scale
        rows.append(Row(f"server CPU per GiB received by {door}", f"≤ SHA-256 + {allowance} s", f"SHA-256 + {spent - sha:.2f} s "
                        f"({spent:.2f} s" + (f"; {later:.2f} s later, in the background)" if later > 0.05 else ")"),
                        f"openssl SHA-256 {sha:.2f} s", spent <= sha + allowance))
    return rows


def edit(stage: Stage) -> list[Row]:
    upload, sha = stage.xet_upload, stage.sha256_seconds
    growths = sorted(growth / MIB for growth in upload["growths"])
    growth = statistics.median(growths)
    return [
        Row(f"1 MiB edited in {stage.size_name}: server CPU", "≤ 0.1 s + SHA-256", f"{upload['edit_cpu']:.2f} s",
            f"openssl SHA-256 {sha:.2f} s", upload["edit_cpu"] <= 0.1 + sha),
        Row(f"1 MiB edited in {stage.size_name}: growth", "≤ 1.2 MiB, median of 5",
            f"{growth:.2f} MiB ({growths[0]:.2f} to {growths[-1]:.2f})", "1 MiB of new bytes", growth <= 1.2),
    ]


def wire(stage: Stage) -> list[Row]:
    upload = stage.xet_upload
    client = stage.client("xet-down")
    with CountingProxy(stage.holt.port) as proxy:
        client.environment["HF_ENDPOINT"] = proxy.endpoint
        client.hf("download", upload["repo"], upload["edited"], "--local-dir", stage.folder / "down", timeout=900)
        ratio = proxy.to_client / stage.big_bytes
    got = stage.folder / "down" / upload["edited"]
    same = os.path.getsize(got) == stage.big_bytes
    got.unlink()
    return [Row(f"bytes on the wire for a {stage.size_name} Xet download", "≤ 1.01 ×", f"{ratio:.4f} ×", "size of the file",
                same and ratio <= 1.01)]


def weights(stage: Stage) -> list[Row]:
    """bf16 weights as training leaves them: normal, small, the upper halves of float32."""
    import numpy

    size = stage.big_bytes // 2
    path, generator = stage.folder / "weights.bin", numpy.random.default_rng(7)
    with open(path, "wb") as file:
        for _ in range(0, size, 32 * MIB):
            values = generator.standard_normal(16 * MIB, dtype="float32") * numpy.float32(0.02)
            file.write((values.view("uint32") >> 16).astype("uint16").tobytes())
    size = os.path.getsize(path)
    repo = stage.create_repo("weights")
    traffic.wait_until_idle(stage.holt)
    before = stage.holt.data_bytes()
    stage.client("weights").hf("upload", repo, path, "model.bin", timeout=900)
    traffic.wait_until_idle(stage.holt)
    ratio = (stage.holt.data_bytes() - before) / size
    path.unlink()
    return [Row(f"{size / MIB:.0f} MiB of bf16 weights", "≤ 0.87 stored", f"{ratio:.3f}", "size of the file", ratio <= 0.87)]
