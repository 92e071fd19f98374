"""An authority of a test's own, and certificates that it has signed, made by openssl."""

import os
import subprocess


class Certificates:
    """`authority`: the path of its certificate. sign() makes others."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.authority = self._path(name, "crt")
        self._authority_key = self._path(name, "key")
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout",
                 self._authority_key, "-out", self.authority)

    def sign(self, name, names="DNS:localhost,IP:127.0.0.1", days=2):
        """(certificate, key), their paths; a day of -1 is over already."""
        certificate, key, request = (self._path(name, ending) for ending in ("crt", "key", "csr"))
        extensions = self._path(name, "extensions")
        with open(extensions, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={names}\n")
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self._authority_key,
                 "-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", certificate)
        return certificate, key

    def revoke(self, *certificates):
        """The path of the authority's certificate with the list of those that it has revoked."""
        config, index = self._path("revoked", "conf"), self._path("revoked", "index")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[ca]\ndefault_ca=ours\n[ours]\ndatabase={index}\ndefault_md=sha256\ndefault_crl_days=2\n"
                       f"certificate={self.authority}\nprivate_key={self._authority_key}\n")
        with open(index, "a", encoding="utf-8"):
            pass
        for certificate in certificates:
            _openssl("ca", "-config", config, "-revoke", certificate)
        revoked, both = self._path("revoked", "pem"), self._path("both", "pem")
        _openssl("ca", "-config", config, "-gencrl", "-out", revoked)
        with open(both, "w", encoding="utf-8") as file:
            for path in (self.authority, revoked):
                with open(path, encoding="utf-8") as part:
                    file.write(part.read())
        return both

    def _path(self, name, ending):
        return os.path.join(self.folder, f"{name}.{ending}")


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
