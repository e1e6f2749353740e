"""Keys and certificates for tests, made when they are needed with the command `openssl`."""

import os
import shutil
import subprocess
import tempfile


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False)
    if done.returncode:
        raise AssertionError("openssl %s: %s" % (" ".join(arguments), done.stderr.decode()))
    return done.stdout


class Authority:
    """A CA in a directory of its own. Certificates are X.509 with keys on P-256; files in PEM."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="ipe-test-ca-")
        self.key = self.new_key("ca")
        self.certificate = self._path("ca.pem")
        _openssl("req", "-x509", "-new", "-key", self.key, "-sha256", "-days", "2",
                 "-subj", "/CN=Test CA", "-out", self.certificate)

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def new_key(self, name):
        """A private key; the file's path."""
        path = self._path(name + ".key")
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
        return path

    def sign(self, name, common_name, alternative_name=None, days=2):
        """(certificate, key): paths of new files called `name`. `alternative_name`: "DNS:localhost"."""
        key, request, certificate = self.new_key(name), self._path(name + ".csr"), self._path(name + ".pem")
        extensions = self._path(name + ".ext")
        with open(extensions, "w", encoding="ascii") as file:
            file.write("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n")
            if alternative_name:
                file.write("subjectAltName=%s\n" % alternative_name)
        # A slash in the name is none between parts of it.
        subject = "/CN=" + common_name.replace("\\", "\\\\").replace("/", "\\/")
        _openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                 "-CAcreateserial", "-sha256", "-days", str(days), "-extfile", extensions,
                 "-out", certificate)
        return certificate, key


def public_key(key, form="DER"):
    """The SubjectPublicKeyInfo of a private key's file (RFC 7250)."""
    return _openssl("pkey", "-in", key, "-pubout", "-outform", form)
