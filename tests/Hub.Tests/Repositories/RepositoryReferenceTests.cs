using MlxVideo.Hub.Repositories;

namespace MlxVideo.Hub.Tests.Repositories;

public sealed class RepositoryReferenceTests
{
    [Theory]
    [InlineData("Lightricks/LTX-2", "Lightricks/LTX-2", "main")]
    [InlineData("Lightricks/LTX-2@refs/pr/3", "Lightricks/LTX-2", "refs/pr/3")]
    [InlineData("ltx-2", "Lightricks/LTX-2", "main")]
    [InlineData("ltx2-dev-8bit-mlx", "AITRADER/ltx2-dev-8bit-mlx", "main")]
    [InlineData("ltx2-dev-4bit-mlx@v1", "AITRADER/ltx2-dev-4bit-mlx", "v1")]
    [InlineData("ltx2-distilled-8bit-mlx", "AITRADER/ltx2-distilled-8bit-mlx", "main")]
    [InlineData("LTX2-distilled-4bit-mlx", "AITRADER/ltx2-distilled-4bit-mlx", "main")]
    public void Names_and_aliases_denote_a_repository_at_a_revision(string text, string repository, string revision)
    {
        var reference = RepositoryReference.Parse(text);
        Assert.Equal((repository, revision), (reference.Repository.ToString(), reference.Revision));
    }

    [Theory]
    [InlineData("ltx2")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b..c")]
    [InlineData("a/b@../../x")]
    [InlineData("a/b@")]
    [InlineData("https://huggingface.co/a/b")]
    public void Other_texts_are_refused(string text) =>
        Assert.Contains("is not a", Assert.Throws<HubException>(() => RepositoryReference.Parse(text)).Message);

    [Fact]
    public void Folder_in_the_cache_names_the_repository()
    {
        var repository = RepositoryId.Parse("Lightricks/LTX-2")!;
        Assert.Equal("models--Lightricks--LTX-2", repository.FolderName);
        Assert.Equal(repository, RepositoryId.ParseFolder(repository.FolderName));
        Assert.Null(RepositoryId.ParseFolder("datasets--a--b"));
    }
}
