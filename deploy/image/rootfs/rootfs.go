// Package rootfs says what the image holds besides the binary. Both ways to build the image, ko and the Dockerfile, take
// it from here, so the two cannot drift apart, and neither needs an image of somebody else as its base.
package rootfs

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The image's user. Kubernetes can check that it is not root only if it is a number.
const (
	UID = 65532
	GID = 65532
)

// Where things are in the image.
const (
	DataDir   = "/data"            // the one directory the user may write to, and its home
	ConfigDir = "/etc/walletwatch" // the working directory: thresholds.yaml is found without a flag
	Roots     = "/etc/ssl/certs/ca-certificates.crt"
)

// File is a file or, with fs.ModeDir, a directory of the image.
type File struct {
	Path    string // absolute
	Mode    fs.FileMode
	Owner   int // user and group alike
	Content []byte
}

// Files lists the image's files in the order of creation, every directory before what is in it. thresholds is the
// policy that is shipped.
func Files(thresholds []byte) []File {
	dir := func(path string) File { return File{Path: path, Mode: fs.ModeDir | 0o755} }
	file := func(path, content string) File { return File{Path: path, Mode: 0o644, Content: []byte(content)} }
	return []File{
		dir("/etc"),
		file("/etc/group", fmt.Sprintf("root:x:0:\nwalletwatch:x:%d:\n", GID)),
		file("/etc/passwd", fmt.Sprintf("root:x:0:0:root:/:/sbin/nologin\nwalletwatch:x:%d:%d::%s:/sbin/nologin\n", UID, GID, DataDir)),
		dir("/etc/ssl"),
		dir("/etc/ssl/certs"),
		file(Roots, string(roots())),
		dir(ConfigDir),
		file(ConfigDir+"/thresholds.yaml", string(thresholds)),
		{Path: DataDir, Mode: fs.ModeDir | 0o700, Owner: UID},
	}
}

// WriteTar writes the files as a layer in which everything is dated when.
func WriteTar(w io.Writer, files []File, when time.Time) error {
	archive := tar.NewWriter(w)
	for _, f := range files {
		header := &tar.Header{
			Name: f.Path[1:], Typeflag: tar.TypeReg, Mode: int64(f.Mode.Perm()), Uid: f.Owner, Gid: f.Owner,
			Size: int64(len(f.Content)), ModTime: when,
		}
		if f.Mode.IsDir() {
			header.Name, header.Typeflag = header.Name+"/", tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("archiving %s: %w", f.Path, err)
		}
		if _, err := archive.Write(f.Content); err != nil {
			return fmt.Errorf("archiving %s: %w", f.Path, err)
		}
	}
	return archive.Close()
}

// WriteDir writes the files below dir, which is made if need be. The owners are left to whoever makes an image of it.
func WriteDir(dir string, files []File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the image's root: %w", err)
	}
	for _, f := range files {
		if err := write(filepath.Join(dir, f.Path), f); err != nil {
			return fmt.Errorf("writing %s: %w", f.Path, err)
		}
	}
	return nil
}

func write(path string, f File) error {
	if f.Mode.IsDir() {
		if err := os.Mkdir(path, 0o700); err != nil && !os.IsExist(err) {
			return err
		}
	} else if err := os.WriteFile(path, f.Content, 0o600); err != nil {
		return err
	}
	return os.Chmod(path, f.Mode.Perm()) // whatever the umask is
}
