using MlxVideo.Cli.Tests;
using MlxVideo.Engine.Models.Tiny;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>The tiny model in its own folder, shared by the tests of a class.</summary>
public sealed class TinyModelFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyModelFixture() => TinyModel.Write(Folder);

    public string Folder => _folder["model"];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
