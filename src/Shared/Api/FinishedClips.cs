namespace MlxVideo.Shared.Api;

/// <summary>The finished clips of a batch.</summary>
/// <param name="Batch">Id of the batch.</param>
/// <param name="State">Whether more clips may follow.</param>
/// <param name="Clips">The clips in row order.</param>
public sealed record FinishedClips(string Batch, BatchState State, IReadOnlyList<FinishedClip> Clips);

/// <summary>A finished clip.</summary>
/// <param name="Row">Data row in the CSV, from 1.</param>
/// <param name="Output">File name relative to the output folder.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Path">Path of the download, relative to the API's address.</param>
/// <param name="Framemd5">MD5 of the clip's framemd5 listing.</param>
public sealed record FinishedClip(int Row, string Output, long Bytes, string Digest, string Path, string? Framemd5);
