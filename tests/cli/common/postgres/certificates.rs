//! A server that only accepts encrypted connections.

use std::fs;
use std::path::Path;

use super::programs::run;
use super::{Postgres, write};

const NEW_KEY: [&str; 9] =
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

impl Postgres {
    /// Puts a certificate for these names, of an authority of its own, where the server looks for one.
    pub(super) fn require_encryption(&mut self, names: &str) {
        let folder = self.folder().to_owned();
        let key = folder.join("authority.key");
        let authority = self.openssl("portgate test authority", "CA:TRUE", &[], &key);
        // Written by us: portgate reads only files of its own user, which isn't the server's when tests run as root.
        let certificate = folder.join("authority.pem");
        write(&certificate, &authority);

        let names = format!("subjectAltName={names}");
        let [by, with] = [&certificate, &key].map(|path| path.to_str().unwrap());
        let signed = ["-CA", by, "-CAkey", with, "-addext", &names];
        let data = folder.join("data");
        let server = self.openssl("portgate test server", "CA:FALSE", &signed, &data.join("server.key"));
        write(&data.join("server.crt"), &server);

        let rules = data.join("pg_hba.conf");
        let encrypted = fs::read_to_string(&rules).unwrap().replace("\nhost ", "\nhostssl ");
        fs::write(rules, encrypted).unwrap();
        self.set("ssl = on");
        self.authority = Some(certificate);
    }

    /// The certificate of the authority that vouches for the server, as a PEM file.
    #[track_caller]
    pub fn authority(&self) -> &Path {
        self.authority.as_deref().expect("a server with TLS")
    }

    /// Makes a key and answers its certificate.
    fn openssl(&self, name: &str, constraints: &str, more: &[&str], key: &Path) -> String {
        let mut command = self.programs.server("openssl");
        command.args(NEW_KEY).args(["-subj", &format!("/CN={name}")]).args(more);
        command.args(["-addext", &format!("basicConstraints=critical,{constraints}"), "-keyout"]).arg(key);
        run(&mut command).unwrap_or_else(|output| panic!("{output}"))
    }
}
