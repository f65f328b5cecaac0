/*
 * The nvbench side of the comparison: nvbench times the very kernels that peers.py times, from the
 * same compiled code. The plan (peers.py plan writes it; the environment's PEERS_PLAN names it) has
 * one line for each kernel, of fields separated by tabs:
 *
 *   label   cubin   entry   grid (x,y,z)   block (x,y,z)   dynamic shared bytes   argument …
 *
 * cubin is a path relative to the plan; entry the mangled name. An argument is one of
 *   in:COUNT:normal:MEAN:STD   in:COUNT:uniform:LOW:HIGH   in:COUNT:constant:VALUE:0   (float32)
 *   out:BYTES   int:VALUE   int64:VALUE   float:VALUE   double:VALUE
 * The axis "kernel" of the only benchmark holds the labels: choose some with --axis kernel=[…].
 */
#include <nvbench/nvbench.cuh>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace
{

[[noreturn]] void die(const std::string &what)
{
    std::fprintf(stderr, "nvbench_peers: %s\n", what.c_str());
    std::exit(2);
}

void check(cudaError_t error, const std::string &what)
{
    if (error != cudaSuccess)
        die(what + ": " + cudaGetErrorString(error));
}

std::vector<std::string> split(const std::string &text, char separator)
{
    std::vector<std::string> parts;
    std::stringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
        parts.push_back(part);
    return parts;
}

struct entry {
    std::filesystem::path cubin;
    std::string name;
    dim3 grid, block;
    unsigned shared;
    std::vector<std::string> arguments;
};

dim3 read_dim3(const std::string &text, const std::string &line)
{
    dim3 d;
    if (std::sscanf(text.c_str(), "%u,%u,%u", &d.x, &d.y, &d.z) != 3)
        die("PEERS_PLAN: not x,y,z: " + text + " in the line: " + line);
    return d;
}

/* Read once, before nvbench parses its options: the labels are the values of its axis. */
std::map<std::string, entry> read_plan()
{
    const char *path = std::getenv("PEERS_PLAN");
    if (!path)
        die("PEERS_PLAN names no file; peers.py plan writes one");
    std::ifstream file(path);
    if (!file)
        die(std::string("PEERS_PLAN: cannot read ") + path);
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    std::map<std::string, entry> plan;
    for (std::string line; std::getline(file, line);) {
        const std::vector<std::string> f = split(line, '\t');
        if (f.size() < 7)
            die("PEERS_PLAN: fewer than 7 fields in the line: " + line);
        entry e{folder / f[1],
                f[2],
                read_dim3(f[3], line),
                read_dim3(f[4], line),
                static_cast<unsigned>(std::stoul(f[5])),
                {f.begin() + 6, f.end()}};
        if (!plan.emplace(f[0], e).second)
            die("PEERS_PLAN: two lines with the label " + f[0]);
    }
    if (plan.empty())
        die(std::string("PEERS_PLAN: ") + path + " is empty");
    return plan;
}

const std::map<std::string, entry> &the_plan()
{
    static const std::map<std::string, entry> plan = read_plan();
    return plan;
}

std::vector<std::string> labels()
{
    std::vector<std::string> names;
    for (const auto &[label, e] : the_plan())
        names.push_back(label);
    return names;
}

__device__ std::uint64_t mix(std::uint64_t v)
{
    v = (v ^ (v >> 30)) * 0xBF58476D1CE4E5B9ull;
    v = (v ^ (v >> 27)) * 0x94D049BB133111EBull;
    return v ^ (v >> 31);
}

enum fill_kind { NORMAL, UNIFORM, CONSTANT };

/* Not the bits that bench or torch make: the same distribution, never zeros. */
__global__ void fill(float *x, long long count, fill_kind kind, float a, float b)
{
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < count;
         i += step) {
        const std::uint64_t r = mix(static_cast<std::uint64_t>(i) + 0x9E3779B97F4A7C15ull);
        const float u = (static_cast<float>(r >> 40) + 0.5f) * 0x1p-24f;
        const float v = static_cast<float>((r >> 16) & 0xFFFFFF) * 0x1p-24f;
        x[i] = kind == NORMAL    ? a + b * sqrtf(-2.0f * logf(u)) * cospif(2.0f * v)
               : kind == UNIFORM ? a + (b - a) * u
                                 : a;
    }
}

/* Arguments of one kernel, their memory included. */
class arguments
{
  public:
    explicit arguments(const std::vector<std::string> &texts)
    {
        values.reserve(texts.size()); /* pointers into it must stay */
        for (const std::string &text : texts)
            add(text);
        for (std::uint64_t &value : values)
            pointers.push_back(&value);
        check(cudaDeviceSynchronize(), "filling the inputs");
    }
    arguments(const arguments &) = delete;
    arguments &operator=(const arguments &) = delete;
    ~arguments()
    {
        for (void *p : memory)
            cudaFree(p);
    }
    void **data()
    {
        return pointers.data();
    }

  private:
    std::vector<std::uint64_t> values;
    std::vector<void *> pointers, memory;

    void *allocate(std::size_t bytes)
    {
        void *p = nullptr;
        check(cudaMalloc(&p, bytes), "memory for an argument");
        memory.push_back(p);
        put(p);
        return p;
    }
    template <typename T> void put(T value)
    {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof value);
        values.push_back(bits);
    }
    void add(const std::string &text)
    {
        const std::vector<std::string> f = split(text, ':');
        if (f.size() == 5 && f[0] == "in")
            add_input(f);
        else if (f.size() == 2 && f[0] == "out")
            allocate(std::stoull(f[1]));
        else if (f.size() == 2 && f[0] == "int")
            put(std::stoi(f[1]));
        else if (f.size() == 2 && f[0] == "int64")
            put(std::stoll(f[1]));
        else if (f.size() == 2 && f[0] == "float")
            put(std::stof(f[1]));
        else if (f.size() == 2 && f[0] == "double")
            put(std::stod(f[1]));
        else
            die("PEERS_PLAN: no such argument: " + text);
    }
    void add_input(const std::vector<std::string> &f)
    {
        const long long count = std::stoll(f[1]);
        const fill_kind kind = f[2] == "normal"    ? NORMAL
                               : f[2] == "uniform" ? UNIFORM
                               : f[2] == "constant"
                                   ? CONSTANT
                                   : (die("PEERS_PLAN: no such fill: " + f[2]), CONSTANT);
        float *x = static_cast<float *>(allocate(static_cast<std::size_t>(count) * sizeof(float)));
        fill<<<1024, 256>>>(x, count, kind, std::stof(f[3]), std::stof(f[4]));
        check(cudaGetLastError(), "filling an input");
    }
};

void kernels(nvbench::state &state)
{
    const entry &e = the_plan().at(state.get_string("kernel"));
    cudaLibrary_t library;
    check(cudaLibraryLoadFromFile(&library, e.cubin.c_str(), nullptr, nullptr, 0, nullptr, nullptr,
                                  0),
          "loading " + e.cubin.string());
    cudaKernel_t kernel;
    check(cudaLibraryGetKernel(&kernel, library, e.name.c_str()),
          e.name + " in " + e.cubin.string());
    {
        arguments args(e.arguments);
        state.exec([&](nvbench::launch &launch) {
            check(cudaLaunchKernel(reinterpret_cast<const void *>(kernel), e.grid, e.block,
                                   args.data(), e.shared, launch.get_stream()),
                  "launching " + e.name);
        });
    }
    check(cudaLibraryUnload(library), "unloading " + e.cubin.string());
}

} // namespace

NVBENCH_BENCH(kernels).add_string_axis("kernel", labels());
NVBENCH_MAIN
