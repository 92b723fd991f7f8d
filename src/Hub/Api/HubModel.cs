using MlxVideo.Hub.Repositories;

namespace MlxVideo.Hub.Api;

/// <summary>A model repository at a commit.</summary>
/// <param name="Reference">The repository and the revision that was asked for.</param>
/// <param name="Commit">The commit to which the revision points, 40 hexadecimal digits.</param>
/// <param name="Licence">Name of the licence as the authors state it; null when they state none.</param>
/// <param name="Files">All files, sorted by path.</param>
public sealed record HubModel(RepositoryReference Reference, string Commit, string? Licence, IReadOnlyList<HubFile> Files);
