"""What a test puts into the stand-in: data sets, competitions, notebooks, models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kagura.testing.bucket import BYTES, Bucket
from kagura.testing.bundle import Bundle, Files
from kagura.testing.calls import stored_file
from kagura.testing.catalogue import (
    Catalogue,
    Competition,
    Dataset,
    Kernel,
    KernelVersion,
    Model,
    Version,
)

__all__ = ["Stock"]


class Stock:
    """The catalogue and the object store, filled by tests, at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._catalogue = Catalogue()
        self._bucket = Bucket(folder)

    def dataset(
        self,
        handle: str,
        files: Files | None = None,
        *,
        version: int = 1,
        archive: Path | None = None,
        is_private: bool = False,
        zipped: Iterable[str] = (),
        has_hash: bool = True,
        lists_versions: bool = True,
        content_type: str = BYTES,
    ) -> None:
        """A data set's version, from ``files`` or from a zip ``archive`` that is there.

        ``zipped`` are the files that come zipped when one asks for them alone;
        ``has_hash=False`` serves it as a composite object, without MD5; ``content_type`` is
        what the store says that its bytes are.
        """
        dataset = self._catalogue.datasets.setdefault(
            handle, Dataset(id=self._catalogue.new_id(), handle=handle)
        )
        dataset.is_private, dataset.lists_versions = is_private, lists_versions
        new = self._version(handle, version, files, archive=archive, has_hash=has_hash)
        new.prefix = f"kaggle-data-sets/{dataset.id}/{new.id}"
        new.zipped, new.content_type = frozenset(zipped), content_type
        dataset.versions[version] = self._stored(new)

    def competition(
        self,
        slug: str,
        files: Files | None = None,
        *,
        archive: Path | None = None,
        has_rules_accepted: bool = True,
        zipped: Iterable[str] = (),
        has_hash: bool = True,
    ) -> None:
        """A competition's data.  Said again, its files change and its addresses don't."""
        known = self._catalogue.competitions.get(slug)
        version = self._version(slug, 1, files, archive=archive, has_hash=has_hash)
        version.zipped = frozenset(zipped)
        version.prefix = (
            known.version.prefix
            if known
            else f"kaggle-competitions-data/kaggle-v2/{version.id - 1}/{version.id}"
        )
        self._catalogue.competitions[slug] = Competition(
            handle=slug, has_rules_accepted=has_rules_accepted, version=self._stored(version)
        )

    def kernel(
        self,
        handle: str,
        source: str,
        *,
        version: int = 1,
        title: str | None = None,
        language: str = "python",
        kernel_type: str = "notebook",
        docker_image: str | None = None,
        machine_shape: str | None = None,
        is_private: bool = False,
        datasets: Sequence[str] = (),
        competitions: Sequence[str] = (),
        kernels: Sequence[str] = (),
        models: Sequence[str] = (),
        output: Files | None = None,
        log: str = "",
        content_type: str = BYTES,
    ) -> None:
        """A notebook's or script's version: its source, and the files that its run left."""
        slug = handle.partition("/")[2]
        kernel = self._catalogue.kernels.get(handle)
        self._catalogue.kernels[handle] = Kernel(
            id=kernel.id if kernel else self._catalogue.new_id(),
            handle=handle,
            title=title or slug,
            language=language,
            kernel_type=kernel_type,
            is_private=is_private,
            datasets=datasets,
            competitions=competitions,
            kernels=kernels,
            models=models,
            versions=kernel.versions if kernel else {},
        )
        left = self._version(handle, version, output or {}, archive=None, has_hash=True)
        left.prefix = f"kaggle-script-versions/{left.id}/output"
        left.content_type = content_type
        self._catalogue.kernels[handle].versions[version] = KernelVersion(
            source=source,
            docker_image=docker_image,
            machine_shape=machine_shape,
            output=left,
            log=log,
        )

    def model(
        self,
        handle: str,
        files: Files | None = None,
        *,
        version: int = 1,
        archive: Path | None = None,
        is_gated: bool = False,
        has_hash: bool = True,
    ) -> None:
        """A version of ``owner/model/framework/variation``, from files or from a tar.gz."""
        key = Catalogue.model_key(*handle.split("/"))
        model = self._catalogue.models.setdefault(
            key, Model(id=self._catalogue.new_id(), handle=handle)
        )
        model.is_gated = is_gated
        new = self._version(
            handle, version, files, archive=archive, has_hash=has_hash, form="tar.gz"
        )
        new.prefix = f"kaggle-models-data/{model.id}/{new.id}"
        model.versions[version] = self._stored(new)

    def archive(self, handle: str, *, version: int | None = None) -> Path:
        """The archive that is served for a version (else the newest) of a handle."""
        return self._find(handle, version).bundle.archive

    def address(self, handle: str, file: str = "", *, version: int | None = None) -> str:
        """A signed address of a version's archive or of one of its files, without a call."""
        found = self._find(handle, version)
        return self._bucket.sign(stored_file(self._bucket, found, file))

    def _find(self, handle: str, version: int | None) -> Version:
        if handle in self._catalogue.competitions:
            return self._catalogue.competitions[handle].version
        if handle.count("/") == 3:
            versions = self._catalogue.models[Catalogue.model_key(*handle.split("/"))].versions
        else:
            versions = self._catalogue.datasets[handle].versions
        return versions[version or max(versions)]

    def _stored(self, version: Version) -> Version:
        # Hashed now, so that the first download of a large archive does not wait for it.
        stored_file(self._bucket, version, "")
        return version

    def _version(
        self,
        handle: str,
        number: int,
        files: Files | None,
        *,
        archive: Path | None,
        has_hash: bool,
        form: str = "zip",
    ) -> Version:
        if (files is None) == (archive is None):
            raise ValueError("give either the files or the archive")
        self._catalogue.new_id()
        identity = self._catalogue.new_id()
        return Version(
            handle=handle,
            number=number,
            id=identity,
            bundle=Bundle(
                files, folder=self._folder / f"bundle-{identity}", archive=archive, form=form
            ),
            has_hash=has_hash,
        )
