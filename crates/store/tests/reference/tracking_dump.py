"""Prints a tracking database that `tests/nodes/older/fill.py` has filled with an older MLflow, as SQL.

    python tracking_dump.py sqlite:///FILE | postgresql://... | mysql://...

The files tracking-*.sql were made so with each version, of databases filled with FILL_LONG=6, which keeps them small. PostgreSQL takes
pg_dump, MariaDB PyMySQL; FILE is absolute. Ids that differ at each filling are left as they are.
"""

import re
import sqlite3
import subprocess
import sys
import urllib.parse


def sqlite(file: str) -> str:
    return "\n".join(sqlite3.connect(file).iterdump())


def postgresql(uri: str) -> str:
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", uri]
    dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # What is about pg_dump's own session, and what takes room only.
    noise = r"--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|"
    lines = [line for line in dump.split("\n") if not re.fullmatch(noise, line)]
    return re.sub(r"\n {4}(?=AS |START |INCREMENT |NO |CACHE )", " ", "\n".join(lines)).replace("public.", "")


def mysql(uri: str) -> str:
    import pymysql

    url = urllib.parse.urlsplit(uri)
    connection = pymysql.connect(
        host=url.hostname, port=url.port, user=url.username, password=url.password, database=url.path[1:]
    )
    cursor, lines = connection.cursor(), []

    def rows(statement: str) -> list[tuple]:
        cursor.execute(statement)
        return cursor.fetchall()

    for (table,) in rows("SHOW TABLES"):
        created = rows(f"SHOW CREATE TABLE `{table}`")[0][1]
        # The server makes an index for a foreign key by itself, and drops it when another takes its place: not one that is named.
        for key in re.findall(r"CONSTRAINT `(\w+)` FOREIGN KEY", created):
            created = re.sub(rf"(?m)^  KEY `{key}` .*\n", "", created)
        lines.append(created + ";")
        stored = [column[0] for column in rows(f"SHOW COLUMNS FROM `{table}`") if "GENERATED" not in column[5]]
        names = ", ".join(f"`{column}`" for column in stored)
        for row in rows(f"SELECT {names} FROM `{table}`"):
            values = ", ".join(connection.escape(value) for value in row)
            lines.append(f"INSERT INTO `{table}` ({names}) VALUES ({values});")
    for name, event, table, statement, timing, *_ in rows("SHOW TRIGGERS"):
        lines.append(f"CREATE TRIGGER {name} {timing} {event} ON `{table}` FOR EACH ROW {statement.strip().rstrip(';')};")
    return "\n".join(lines)


def main() -> None:
    uri = re.sub(r"\+\w+", "", sys.argv[1], count=1)
    kind = {"sqlite": lambda: sqlite(uri.removeprefix("sqlite:///")), "postgresql": lambda: postgresql(uri)}
    dump = kind.get(uri.partition(":")[0], lambda: mysql(uri))()
    print("\n".join(line.rstrip() for line in dump.split("\n")))


if __name__ == "__main__":
    main()
