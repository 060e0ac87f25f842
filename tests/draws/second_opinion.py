"""A draw repeated by a program of its own: written from ``docs/draw.md`` alone, with nothing of ours imported.

It is slow and plain on purpose; a town's auditor could write it in any language.
"""

import hashlib
import json


def sha(data):
    return hashlib.sha256(data).hexdigest()


def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def framed(*parts):
    out = b""
    for part in parts:
        raw = part.encode("utf-8")
        out += len(raw).to_bytes(8, "big") + raw
    return sha(out)


class Numbers:
    def __init__(self, phase, seed):
        self.base = ("xianjie-draw/1/" + phase + "/" + seed).encode("ascii")
        self.next_block, self.queue = 0, []

    def word(self):
        if not self.queue:
            block = hashlib.sha256(self.base + self.next_block.to_bytes(8, "big")).digest()
            self.next_block += 1
            self.queue = [int.from_bytes(block[i : i + 8], "big") for i in (0, 8, 16, 24)]
        return self.queue.pop(0)

    def below(self, n):
        while True:
            x = self.word()
            if x < 2**64 - (2**64 % n):
                return x % n


def objects_of(snapshot, seed):
    numbers = Numbers("objects", seed)
    limit = dict(snapshot["limits"])
    drawn = []
    for stratum in snapshot["strata"]:
        table = [o for o in snapshot["objects"] if o[2] == stratum["key"]]
        size = len(table)
        quota, rest = size * stratum["ratio"] // 10000, size * stratum["ratio"] % 10000
        if rest > 0 and numbers.below(10000) < rest:
            quota += 1
        quota = min(size, max(stratum["least"], quota))
        mine = []

        def can(o, mine=mine):
            return o[0] not in mine and limit.get(o[1], 1) > 0

        table = [o for o in table if can(o)]
        while len(mine) < quota and table:
            width, misses = max(o[3] for o in table), 0
            while len(mine) < quota and misses <= len(table) // 2:
                x = numbers.below(len(table) * width)
                o = table[x // width]
                if x % width < o[3] and can(o):
                    mine.append(o[0])
                    if o[1] in limit:
                        limit[o[1]] -= 1
                else:
                    misses += 1
            table = [o for o in table if can(o)]
        drawn += mine
    return drawn


def teams_of(snapshot, drawn, seed):
    numbers = Numbers("officers", seed)
    load = {one["id"]: one["load"] for one in snapshot["officers"]}
    teams = []
    for object_id in drawn:
        out = {row[0] for row in snapshot["recusals"] if row[1] == object_id}
        team = []
        for seat in snapshot["seats"]:
            free = [
                one["id"] for one in snapshot["officers"]
                if one["unit"] in seat["units"] and one["id"] not in out and one["id"] not in team
                and (seat["qualification"] is None or seat["qualification"] in one["qualifications"])
            ]  # fmt: skip
            least = min(load[name] for name in free)
            free = [name for name in free if load[name] == least]
            team.append(free[numbers.below(len(free))])
        for name in team:
            load[name] += 1
        teams.append(team)
    return teams


def agrees(proof):
    """Tell whether everything in a proof is what it has to be."""
    operator, witness = proof["seals"]
    snapshot_hash = sha(canonical(proof["snapshot"]))
    commitment = framed("xianjie-draw/1/commitment", snapshot_hash, proof["salt"])
    for one in (operator, witness):
        if one["seal"] != framed(
            "xianjie-draw/1/seal", commitment, one["role"], one["person"], one["nonce"], one["text"]
        ):
            return False
    seed = framed(
        "xianjie-draw/1/seed", commitment, proof["salt"], operator["seal"], operator["text"], witness["seal"],
        witness["text"],
    )  # fmt: skip
    drawn = objects_of(proof["snapshot"], seed)
    rest = {name: value for name, value in proof.items() if name != "hash"}
    return (
        (snapshot_hash, commitment, seed) == (proof["snapshot_hash"], proof["commitment"], proof["seed"])
        and drawn == proof["result"]["objects"]
        and teams_of(proof["snapshot"], drawn, seed) == proof["result"]["teams"]
        and sha(canonical(rest)) == proof["hash"]
    )
