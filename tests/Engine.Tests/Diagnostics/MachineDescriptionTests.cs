using MlxVideo.Engine.Diagnostics;

namespace MlxVideo.Engine.Tests.Diagnostics;

public sealed class MachineDescriptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void This_machine_has_a_system_a_build_a_chip_and_memory()
    {
        var machine = MachineDescription.Current();
        Assert.All([machine.System, machine.Build, machine.Chip], text => Assert.NotEqual("", text.Trim()));
        Assert.True(machine.MemoryBytes > 1 << 20);
        Assert.Equal(machine, MachineDescription.Current());
    }

    [Theory]
    [InlineData("model name", "Apple M2 : Pro")]
    [InlineData("cores", "8")]
    [InlineData("model", null)]
    public void First_value_of_a_key_is_read_from_a_system_file(string key, string? value)
    {
        var file = Path.Combine(_folder.Path, "cpuinfo");
        File.WriteAllText(file, "processor\t: 0\nmodel name\t: Apple M2 : Pro\n\nmodel name\t: second\ncores : 8\n");
        Assert.Equal(value, MachineDescription.ValueIn(file, key, ':'));
        Assert.Null(MachineDescription.ValueIn(file + ".missing", key, ':'));
    }

    public void Dispose() => _folder.Dispose();
}
